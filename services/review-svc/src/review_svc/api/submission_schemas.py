"""HTTP schemas of submissions."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.validation import Body, Heads, Ids, Instant, Line, MoneyFen, example
from chassis.web import Labelled
from contracts.fields import Shares
from contracts.words import Channel, DocumentType, EnrollmentType
from review_svc.api.examples import FEE, IMMEDIATE, LINE_ID, MEMBER_ID, UNION_ID, UNIT_ID
from review_svc.api.line_schemas import fee_of
from review_svc.domain.lines import LineState
from review_svc.domain.people import SentLineState
from review_svc.domain.submissions import FeedbackResult, SubmissionState

HANDLER = {"name": "示例经办人", "mobile": "13800000000", "email": "handler@example.org"}
SUBMISSION: dict[str, Any] = {
    "submission_no": "CB202405109000", "version": 1, "union_id": UNION_ID, "union_name": "示例区总工会", "year": 2024,
    "enrollment_type": IMMEDIATE, "source": IMMEDIATE, "heads": 3, "submitted_heads": 3, "fee": FEE,
    "state": {"code": "confirmed", "label": "职保中心已确认"}, "reason": None,
    "submitted_at": "2024-05-10T15:02:00+08:00", "received_at": "2024-05-10T15:02:01+08:00",
    "confirmed_at": "2024-05-11T09:30:00+08:00", "feedback_at": None, "feedback_result": None, "feedback_text": None,
    "updated_at": "2024-05-11T09:30:00+08:00",
}  # fmt: skip
SENT_LINE: dict[str, Any] = {
    "batch_no": "CB202405100001", "line_id": LINE_ID, "union_id": UNION_ID, "unit_id": UNIT_ID, "heads": 3, "fee": FEE,
    "state": {"code": "in", "label": "已提交"}, "unit_name": "上海示例建设监理有限公司",
    "channel": {"code": "social_security_card", "label": "社保卡参保"},
}  # fmt: skip


class TickedOrAll(Body):
    """If `line_ids` is None, all staged lines of this enrollment type are meant, even if a filter hides them (A52)."""

    model_config = example(line_ids=None, enrollment_type="immediate")

    line_ids: Ids | None = None
    enrollment_type: EnrollmentType


class HandlerIn(Body):
    name: Line = ""
    mobile: Line = ""
    email: Line = ""


class SubmitToCenter(TickedOrAll):
    """`heads` and `total_fen`: the sums that the dialog showed.

    If the sums of the lines are different now, the submission is refused (A52).
    """

    model_config = example(line_ids=None, enrollment_type="immediate", handler=HANDLER, heads=3, total_fen=7800)

    handler: HandlerIn = HandlerIn()
    heads: Heads | None = None
    total_fen: MoneyFen | None = None


class SubmissionOut(BaseModel):
    """`source` repeats the enrollment type for the column 批次来源 (A21, A22).

    `heads` and `fee` are the sums of the lines that the center has not rejected.
    """

    model_config = example(**SUBMISSION)

    submission_no: str
    version: int
    union_id: UUID
    union_name: str
    year: int
    enrollment_type: Labelled[EnrollmentType]
    source: Labelled[EnrollmentType]
    heads: int
    submitted_heads: int
    fee: Shares
    state: Labelled[SubmissionState]
    reason: str | None = None
    submitted_at: Instant
    received_at: Instant | None = None
    confirmed_at: Instant | None = None
    feedback_at: Instant | None = None
    feedback_result: Labelled[FeedbackResult] | None = None
    feedback_text: str | None = None
    updated_at: Instant

    @classmethod
    def of(cls, row: Any) -> "SubmissionOut":
        confirmed = row["decided_at"] if row["state"] == SubmissionState.CONFIRMED else None
        computed = {"fee": fee_of(row), "confirmed_at": confirmed, "source": row["enrollment_type"]}
        return cls.model_validate(dict(row) | computed)


class SubmissionLineOut(BaseModel):
    """A unit's batch line as it was sent with the submission (A23)."""

    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID
    unit_name: str
    channel: Labelled[Channel]
    heads: int
    fee: Shares
    state: Labelled[SentLineState]


class SubmissionDetail(BaseModel):
    model_config = example(submission=SUBMISSION, lines=[SENT_LINE])

    submission: SubmissionOut
    lines: list[SubmissionLineOut]


class SentPerson(BaseModel):
    """A person of a submission. The district and the center get the full `name`, 市总 gets it masked (A29, A61)."""

    model_config = example(
        line_id=LINE_ID, member_id=MEMBER_ID, member_no="007000000001", name="示例甲",
        masked_number="3101**********1230", document_type={"code": "resident_id", "label": "身份证"},
    )  # fmt: skip

    line_id: UUID
    member_id: UUID
    member_no: str
    name: str
    masked_number: str
    document_type: Labelled[DocumentType]


class LineFigure(BaseModel):
    """`heads`: the number of people that the line stores. `people_held`: the number of the line's people who are
    neither returned nor withdrawn, counted now. Both numbers must be equal.
    """

    batch_no: str
    line_id: UUID
    channel: Labelled[Channel]
    state: Labelled[LineState]
    heads: int
    people_held: int
    fee: Shares
    submission_no: str | None = None


class SubmissionFigure(BaseModel):
    """`heads` and `fee` are the sums of the requested union's lines only."""

    submission_no: str
    version: int
    union_id: UUID
    state: Labelled[SubmissionState]
    heads: int
    fee: Shares


class Figures(BaseModel):
    model_config = example(lines=[], submissions=[])

    lines: list[LineFigure]
    submissions: list[SubmissionFigure]


class CityShare(BaseModel):
    """The city share (市总统一划拨) of all lines in the state 已完成 of one year and one plan."""

    year: int
    plan: str
    plan_name: str
    lines: int
    heads: int
    fee: Shares


class CityShareReport(BaseModel):
    """The city share by year and plan, and its total (F026)."""

    model_config = example(
        items=[
            {"year": 2024, "plan": "A", "plan_name": "A类会员专享基本保障", "lines": 2, "heads": 3, "fee": FEE}
        ],
        heads=3,
        fee=FEE,
    )  # fmt: skip

    items: list[CityShare]
    heads: int = Field(ge=0)
    fee: Shares
