"""The submissions to the center, the center's answers, and the vouchers."""

from datetime import date
from uuid import UUID

from chassis.validation import Instant
from contracts.fields import Fen, Shares
from enrollctl.evidence.documents.rows import Part, Row, Sha256

#: States of a `Due` in which no more money has to be paid for the submission.
PAID = ("settled", "nothing_due")


class SubmissionLineEntry(Part):
    """A line of a submission. It can belong to another batch. `state`: `in`, or `rejected` by the center."""

    line_id: UUID
    batch_no: str
    heads: int
    fee: Shares
    state: str


class Due(Part):
    """The amount that is due for a submission, as payment-svc has stored it."""

    state: str
    version: int
    heads: int
    due_fen: Fen
    paid_fen: Fen
    confirmed_at: Instant | None
    due_on: date | None


class SubmissionEntry(Row):
    """A submission to the center that contains lines of the batch, with the center's answer and the due amount."""

    label = "submission {submission_no}"

    submission_no: str
    version: int
    union_id: UUID
    union_name: str
    year: int
    enrollment_type: str
    submitted_at: Instant
    submitted_by: str
    submitted_heads: int
    heads: int
    fee: Shares
    lines: list[SubmissionLineEntry]
    state: str
    received_at: Instant | None
    decided_at: Instant | None
    reason: str | None
    feedback_at: Instant | None
    feedback_result: str | None
    feedback_text: str | None
    due: Due | None


class FillEntry(Part):
    """The amount of a voucher that pays one submission. This submission can be one without lines of the batch."""

    submission_no: str
    version: int
    due_fen: Fen
    amount_fen: Fen


class VoucherEntry(Row):
    """A voucher that pays a submission of the batch, and the center's answer to it."""

    label = "voucher {voucher_id}"

    voucher_id: UUID
    union_id: UUID
    amount_fen: Fen
    due_fen: Fen
    filled_fen: Fen
    result: str
    reason: str | None
    paid_on: date
    file_sha256: Sha256
    file_type: str
    file_bytes: int
    fills: list[FillEntry]
    state: str
    uploaded_by: str
    uploaded_at: Instant
    decided_at: Instant | None
    decision_reason: str | None
