"""HTTP schemas of the requests that the protection center sends."""

from typing import Literal

from pydantic import BaseModel

from chassis.validation import Heads, Ids, Moment, MoneyFen, Number, Text, Version, example
from contracts.fields import Shares
from review_svc.api.examples import FEE
from review_svc.domain.submissions import FeedbackResult


class SharesSent(Shares):
    """The shares in a request of the center. Here the amounts have an upper limit."""

    total_fen: MoneyFen
    city_fen: MoneyFen
    district_fen: MoneyFen
    unit_fen: MoneyFen

    def plain(self) -> Shares:
        """The same amounts in an object of the class `Shares`, which the use case expects."""
        return Shares.of(city=self.city_fen, district=self.district_fen, unit=self.unit_fen)


class CenterDecision(BaseModel):
    """The center's decision. `heads` and `fee`: the sums of the decided lines, which must equal the stored sums.

    A rejection can name the rejected lines in `line_ids`. If `line_ids` is empty, the center rejects all lines that it
    has not rejected yet. A confirmation does not use `line_ids`, and always confirms all lines that are not rejected.
    """

    model_config = example(
        submission_no="CB202405109000", version=1, decision="confirmed", line_ids=[], heads=3, fee=FEE, reason=None,
        decided_at="2024-05-11T09:30:00+08:00",
    )  # fmt: skip

    submission_no: Number
    version: Version
    decision: Literal["confirmed", "rejected"]
    line_ids: Ids = []
    heads: Heads
    fee: SharesSent
    reason: Text | None = None
    decided_at: Moment


class CenterFeedback(BaseModel):
    """The center's feedback on the payment for a submission (F247)."""

    model_config = example(
        submission_no="CB202405109000", version=1, result="accepted", text="款项已到账",
        given_at="2024-05-20T10:00:00+08:00",
    )  # fmt: skip

    submission_no: Number
    version: Version
    result: FeedbackResult
    text: Text = ""
    given_at: Moment
