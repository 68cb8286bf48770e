"""The data of a voucher (as entered, as a new voucher and as stored), and of the center's decision on a voucher."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

from contracts.payments import PaidSubmission
from payment_svc.domain.attachment import Attachment
from payment_svc.domain.filling import Fill, Filling
from payment_svc.domain.states import VoucherState

NAMESPACE = UUID("0f0c5e0c-5f5e-5a53-8b0e-6f3b4d1c2e60")
#: The `purpose` argument of the blind index of a bank reference. By this index, payment-svc finds out whether a voucher
#: with the same bank reference is stored already.
REFERENCE = "bank_reference"


@dataclass(frozen=True, slots=True)
class VoucherUpload:
    """The data that a district entered for a voucher. The file is already stored under `file_id`."""

    union_id: UUID
    submission_nos: Sequence[str]
    amount_fen: int
    paid_on: date
    bank_reference: str = field(repr=False)
    payer: str = field(repr=False)
    reason: str | None
    attachment: Attachment
    file_id: UUID
    account: str


@dataclass(frozen=True, slots=True)
class Voucher:
    """A new voucher: the entered data, and the submissions that its amount fills."""

    voucher_id: UUID
    upload: VoucherUpload
    filling: Filling
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class StoredVoucher:
    """A stored voucher with its fills.

    Only the center and the district are allowed to see `bank_reference` and `payer`.
    """

    voucher_id: UUID
    union_id: UUID
    state: VoucherState
    amount_fen: int
    paid_on: date
    result: str
    reason: str | None
    file_sha256: str
    fills: Sequence[Fill]
    bank_reference: str = field(repr=False)
    payer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """The center's decision on a voucher. `reason` is the text of the decision. A rejection always has a text."""

    voucher_id: UUID
    accepted: bool
    reason: str | None
    decided_at: datetime


def voucher_id_of(command_id: UUID) -> UUID:
    """The voucher's id, computed from the command's id, so that a repeated command adds no second voucher (F278)."""
    return uuid5(NAMESPACE, str(command_id))


def paid_submissions(fills: Sequence[Fill]) -> list[PaidSubmission]:
    return [
        PaidSubmission(submission_no=f.submission_no, version=f.version, due_fen=f.due_fen, amount_fen=f.amount_fen)
        for f in fills
    ]
