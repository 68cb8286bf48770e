"""reviews.batches.v1: the decisions of superior unions and of the protection center."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.fields import Fen, Instant, Part, Piece, Shares
from contracts.topics import REVIEWS, Topic
from contracts.words import EnrollmentType, Term


class LineEvent(Event):
    """A decision about one batch line. The key is the batch number."""

    topic: ClassVar[Topic] = REVIEWS

    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID

    def key(self) -> str:
        return self.batch_no

    def subject(self) -> str:
        return str(self.line_id)


class BatchWithdrawn(LineEvent):
    """The union has withdrawn the line before any reviewer acted (A50)."""

    ce_type: ClassVar[str] = "reviews.batch-withdrawn.v1"

    withdrawn_at: Instant


class WithdrawalRefused(LineEvent):
    """The line is not withdrawn, for example because a reviewer had acted already; `code` is the reason."""

    ce_type: ClassVar[str] = "reviews.withdrawal-refused.v1"

    code: str
    refused_at: Instant


class BatchReturned(LineEvent):
    """A line, or chosen people of a line, went back to the submitting union (A48, A49).

    If `whole` is true, all people went back, the line has ended, and `member_ids` is empty. Otherwise `member_ids` are
    the people who went back, and `heads` (the number of people) and `fee` count only the people who stay in the line.
    """

    ce_type: ClassVar[str] = "reviews.batch-returned.v1"

    whole: bool
    part: Part
    member_ids: list[UUID] = Field(default_factory=list)
    reason: str
    returned_by_union_id: UUID
    returned_by_union: str
    returned_at: Instant
    heads: int
    fee: Shares


class BatchCompleted(LineEvent):
    """The district submitted the line to the protection center. The line is now 已完成 (F184, A14).

    With the start rule `approve_next_day`, the cover starts on the day after the completion (A01). So this event gives
    the final `start_on`, `end_on`, `term` and `rate`. Otherwise these are None, and those in BatchSubmitted stay valid.
    """

    ce_type: ClassVar[str] = "reviews.batch-completed.v1"

    submission_no: str
    heads: int
    fee: Shares
    completed_at: Instant
    start_on: date | None = None
    end_on: date | None = None
    term: Term | None = None
    rate: Shares | None = None


class BatchReassigned(LineEvent):
    """The municipal union gave an open line to another reviewing union (`to_union_id`), because the union
    `from_union_id` is closed (A56).
    """

    ce_type: ClassVar[str] = "reviews.batch-reassigned.v1"

    from_union_id: UUID
    to_union_id: UUID
    to_union: str
    reason: str
    reassigned_at: Instant


class SubmissionLine(Piece):
    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID
    heads: int
    fee: Shares


class SubmissionEvent(Event):
    """A fact about a district's submission to the center. The key is the submission number."""

    topic: ClassVar[Topic] = REVIEWS

    submission_no: str
    version: int
    union_id: UUID
    year: int
    enrollment_type: EnrollmentType

    def key(self) -> str:
        return self.submission_no


class SubmittedToCenter(SubmissionEvent):
    """The district's submission with its lines.

    `heads` (the number of people) and `fee` are values of the whole submission.
    """

    ce_type: ClassVar[str] = "reviews.submitted-to-center.v1"

    union_name: str
    part: Part
    lines: list[SubmissionLine]
    heads: int
    fee: Shares
    submitted_at: Instant


class CenterConfirmed(SubmissionEvent):
    """The center accepted the people of the submission (F246). From now on vouchers can pay the `due_fen` (A62)."""

    ce_type: ClassVar[str] = "reviews.center-confirmed.v1"

    heads: int
    fee: Shares
    due_fen: Fen
    confirmed_at: Instant


class CenterRejected(SubmissionEvent):
    """The center rejected the submission or chosen lines, with a reason (A53).

    An empty `line_ids` means all lines.
    """

    ce_type: ClassVar[str] = "reviews.center-rejected.v1"

    line_ids: list[UUID] = Field(default_factory=list)
    reason: str
    rejected_at: Instant
