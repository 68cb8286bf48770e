"""What the routes take and give."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.http import Labelled
from contracts.fields import Fen, Instant, Shares
from contracts.words import Channel, DocumentType, EnrollmentType, Term
from review_svc.domain import LineState, SubmissionState


class LineVersion(BaseModel):
    line_id: UUID
    version: int


class TickedLines(BaseModel):
    """Ticked lines with the versions that the screen showed (D19)."""

    lines: list[LineVersion] = Field(max_length=5000)

    def versions(self) -> dict[UUID, int]:
        return {line.line_id: line.version for line in self.lines}


class TickedOrAll(BaseModel):
    """None ticked = the whole list (A52)."""

    line_ids: list[UUID] | None = None


class ReturnLine(BaseModel):
    """`member_ids` None = the whole line."""

    reason: str = Field(max_length=500)
    member_ids: list[UUID] | None = None
    version: int


class HandlerIn(BaseModel):
    name: str = ""
    mobile: str = ""
    email: str = ""


class SubmitToCenter(TickedOrAll):
    """`heads` and `total_fen` are what the dialog showed; a list that changed since is refused (A52)."""

    enrollment_type: EnrollmentType
    handler: HandlerIn
    heads: int | None = None
    total_fen: Fen | None = None


class CenterDecision(BaseModel):
    """The center's call back. `line_ids` empty = all lines; `heads` and `fee` are those that it decided."""

    submission_no: str
    version: int
    decision: Literal["confirmed", "rejected"]
    line_ids: list[UUID] = []
    heads: int
    fee: Shares
    reason: str | None = None
    decided_at: Instant


class LineOut(BaseModel):
    """One row of a reviewer's list (F222)."""

    line_id: UUID
    batch_no: str
    union_id: UUID
    union_name: str
    unit_id: UUID
    unit_name: str
    organization_code: str | None
    credit_code: str | None
    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    channel: Labelled[Channel]
    term: Labelled[Term]
    start_on: date
    end_on: date
    heads: int
    fee: Shares
    state: Labelled[LineState]
    version: int
    round: int
    replaces: str | None
    submission_no: str | None
    reviewer: str
    submitted_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Any) -> "LineOut":
        return cls.model_validate(dict(row) | {"fee": fee_of(row), "reviewer": row["chain_names"][row["step"]]})


class LineTotals(BaseModel):
    """合计参保人数 and 保障费用 of a list (F227–F232)."""

    lines: int
    heads: int
    service_card: int
    social_security_card: int
    fee: Shares


class HistoryEntry(BaseModel):
    at: datetime
    account: str
    union_id: UUID | None
    what: str
    reason: str | None
    detail: dict[str, Any]


class LinePerson(BaseModel):
    """Masked; `name` in full for the reviewer (A29)."""

    member_id: UUID
    member_no: str
    name: str
    masked_number: str
    document_type: Labelled[DocumentType]
    confirmed_by_hand: bool
    state: str


class LineDetail(BaseModel):
    line: LineOut
    rate: Shares
    chain: list[str]
    history: list[HistoryEntry]


class SubmissionOut(BaseModel):
    submission_no: str
    version: int
    union_id: UUID
    union_name: str
    year: int
    enrollment_type: Labelled[EnrollmentType]
    heads: int
    submitted_heads: int
    fee: Shares
    state: Labelled[SubmissionState]
    reason: str | None
    submitted_at: datetime
    received_at: datetime | None
    confirmed_at: datetime | None
    feedback_at: datetime | None
    updated_at: datetime

    @classmethod
    def of(cls, row: Any) -> "SubmissionOut":
        confirmed = row["decided_at"] if row["state"] == SubmissionState.CONFIRMED else None
        return cls.model_validate(dict(row) | {"fee": fee_of(row), "confirmed_at": confirmed})


class SubmissionLineOut(BaseModel):
    """A line as it was sent. `state`: in, or rejected by the center."""

    batch_no: str
    line_id: UUID
    union_id: UUID
    unit_id: UUID
    heads: int
    fee: Shares
    state: str


class SubmissionDetail(BaseModel):
    submission: SubmissionOut
    lines: list[SubmissionLineOut]


class LineFigure(BaseModel):
    """`people` is counted from the stored people, `heads` is what the line says."""

    batch_no: str
    line_id: UUID
    channel: Labelled[Channel]
    state: Labelled[LineState]
    heads: int
    people: int
    fee: Shares
    submission_no: str | None


class SubmissionFigure(BaseModel):
    """Heads and fee are the asked union's share of the submission."""

    submission_no: str
    version: int
    union_id: UUID
    state: Labelled[SubmissionState]
    heads: int
    fee: Shares


class Figures(BaseModel):
    lines: list[LineFigure]
    submissions: list[SubmissionFigure]


def fee_of(row: Any) -> Shares:
    return Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"])
