"""payments.vouchers.v1: payment vouchers and the center's feedback."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.event import Event
from contracts.fields import Fen, Instant, Piece
from contracts.topics import PAYMENTS, Topic
from contracts.words import MatchResult


class PaidSubmission(Piece):
    """The amount that a voucher pays for one submission (A62)."""

    submission_no: str
    version: int
    due_fen: Fen
    amount_fen: Fen


class VoucherEvent(Event):
    topic: ClassVar[Topic] = PAYMENTS

    voucher_id: UUID
    union_id: UUID

    def key(self) -> str:
        return str(self.voucher_id)


class VoucherSubmitted(VoucherEvent):
    """A district has sent a voucher to the center (F278)."""

    ce_type: ClassVar[str] = "payments.voucher-submitted.v1"

    amount_fen: Fen
    paid_on: date
    result: MatchResult
    submissions: list[PaidSubmission]
    file_sha256: str
    submitted_at: Instant


class VoucherAccepted(VoucherEvent):
    """The center has accepted the voucher, because the money arrived (F247).

    `settled` lists the submissions that are now fully paid.
    """

    ce_type: ClassVar[str] = "payments.voucher-accepted.v1"

    amount_fen: Fen
    settled: list[str]
    submissions: list[PaidSubmission]
    accepted_at: Instant


class VoucherRejected(VoucherEvent):
    """The center has refused the voucher. The amounts that the voucher should have paid are due again (A62)."""

    ce_type: ClassVar[str] = "payments.voucher-rejected.v1"

    reason: str
    rejected_at: Instant
