"""What the protection center sends."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.fields import Instant, Shares
from review_svc.answers import FEE, example
from review_svc.domain.submissions import FeedbackResult


class CenterDecision(BaseModel):
    """The center's call back. `line_ids` empty = all lines; `heads` and `fee` are those that it decided."""

    model_config = example(
        submission_no="CB202405109000", version=1, decision="confirmed", line_ids=[], heads=3, fee=FEE, reason=None,
        decided_at="2024-05-11T09:30:00+08:00",
    )  # fmt: skip

    submission_no: str
    version: int
    decision: Literal["confirmed", "rejected"]
    line_ids: list[UUID] = []
    heads: int
    fee: Shares
    reason: str | None = None
    decided_at: Instant


class CenterFeedback(BaseModel):
    """The center's answer to what was paid for a submission (F247)."""

    model_config = example(
        submission_no="CB202405109000", version=1, result="accepted", text="款项已到账",
        given_at="2024-05-20T10:00:00+08:00",
    )  # fmt: skip

    submission_no: str
    version: int
    result: FeedbackResult
    text: str = Field(default="", max_length=500)
    given_at: Instant
