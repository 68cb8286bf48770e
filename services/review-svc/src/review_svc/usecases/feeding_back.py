"""职保中心反馈: stores the center's feedback on the payment for a submission (F247, D21, A24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.normalization import display_text
from contracts.notices import ReviewNotice
from review_svc.domain.submissions import (
    SUBMISSION,
    DecisionDiffers,
    FeedbackResult,
    SubmissionState,
    SubmissionUnknown,
)
from review_svc.store import submissions as store
from review_svc.store import vouchers
from review_svc.usecases import notices


@dataclass(frozen=True, slots=True)
class Feedback:
    submission_no: str
    version: int
    result: FeedbackResult
    text: str
    given_at: datetime


async def apply_feedback(feedback: Feedback, work: UnitOfWork) -> list[ReviewNotice]:
    """Store the center's feedback on a confirmed submission. Raises SubmissionUnknown, DecisionDiffers or NotConfirmed.

    If the stored feedback is newer, or from the same time, nothing changes.
    """
    row = await store.lock(work.connection, feedback.submission_no)
    if row is None:
        raise SubmissionUnknown(submission_no=feedback.submission_no)
    if row["version"] != feedback.version:
        raise DecisionDiffers(submission_no=feedback.submission_no, version=row["version"])
    SUBMISSION.after(SubmissionState(row["state"]), "feed_back", submission_no=feedback.submission_no)
    if row["feedback_at"] is not None and row["feedback_at"] >= feedback.given_at:
        return []
    text = display_text(feedback.text) or None
    await store.feedback(
        work.connection, [feedback.submission_no], feedback.result.value, text, feedback.given_at, work.now
    )
    return [notices.center_feedback(row["union_id"], feedback.submission_no, feedback.result, work)]


async def apply_voucher_accepted(submission_nos: Sequence[str], at: datetime, work: UnitOfWork) -> None:
    """Store that the center accepted the voucher for these submissions. payment-svc sends the district the notice."""
    await store.feedback(work.connection, submission_nos, FeedbackResult.ACCEPTED.value, None, at, work.now)


async def apply_voucher_rejected(voucher_id: UUID, reason: str, at: datetime, work: UnitOfWork) -> None:
    """Store that the center rejected a voucher. Every submission that the voucher was to pay shows the reason."""
    numbers = await vouchers.covered(work.connection, voucher_id)
    await store.feedback(work.connection, numbers, FeedbackResult.REJECTED.value, reason, at, work.now)
