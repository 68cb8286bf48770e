"""What the routes of lines take and give."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.http import Labelled
from contracts.fields import Shares
from contracts.words import Channel, DocumentType, EmploymentStatus, EnrollmentType, StartRule, Term
from review_svc.answers import FEE, LINE_ID, example
from review_svc.api.instants import Instant
from review_svc.domain.history import Happened
from review_svc.domain.lines import LineState, LineStatus, status_of
from review_svc.domain.people import PersonState

UNION_ID = "6a1f0c52-3d0c-4f2a-8c53-2f6f2f0d1a01"
UNIT_ID = "6a1f0c52-3d0c-4f2a-8c53-2f6f2f0d1a02"
MEMBER_ID = "6a1f0c52-3d0c-4f2a-8c53-2f6f2f0d1a03"
IMMEDIATE = {"code": "immediate", "label": "即时参保"}

LINE: dict[str, Any] = {
    "line_id": LINE_ID, "batch_no": "CB202405100001", "union_id": UNION_ID, "union_name": "示例工会委员会",
    "unit_id": UNIT_ID, "unit_name": "上海示例建设监理有限公司", "organization_code": "D21435690", "credit_code": None,
    "year": 2024, "plan": "A", "plan_name": "A类会员专享基本保障", "enrollment_type": IMMEDIATE,
    "channel": {"code": "social_security_card", "label": "社保卡参保"}, "term": {"code": "full_year", "label": "全年"},
    "start_on": "2024-05-11", "end_on": "2024-12-31",
    "start_rule": {"code": "submit_next_day", "label": "提交参保的第二天"}, "heads": 3, "fee": FEE, "flagged": 0,
    "state": {"code": "pending", "label": "待审批"}, "status": {"code": "district_review", "label": "区局确认中"},
    "version": 1, "round": 1, "replaces": None, "submission_no": None, "reviewer": "示例区总工会",
    "submitted_at": "2024-05-10T14:41:00+08:00", "updated_at": "2024-05-10T14:41:00+08:00",
}  # fmt: skip
PERSON: dict[str, Any] = {
    "member_id": MEMBER_ID, "member_no": "007000000001", "name": "示例甲", "masked_number": "3101**********1230",
    "document_type": {"code": "resident_id", "label": "身份证"}, "confirmed_by_hand": False,
    "state": {"code": "in", "label": "在批次中"}, "flag": None,
}  # fmt: skip


class LineVersion(BaseModel):
    line_id: UUID
    version: int


class TickedLines(BaseModel):
    """Ticked lines with the versions that the screen showed (D19)."""

    model_config = example(lines=[{"line_id": LINE_ID, "version": 1}])

    lines: list[LineVersion] = Field(max_length=5000)

    def versions(self) -> dict[UUID, int]:
        return {line.line_id: line.version for line in self.lines}


class PassUp(BaseModel):
    """None ticked = the whole list; `enrollment_type` is the page's, where it shows one type only (A52, F209)."""

    model_config = example(line_ids=[LINE_ID])

    line_ids: list[UUID] | None = None
    enrollment_type: EnrollmentType | None = None


class ReturnLine(BaseModel):
    """`member_ids` None = the whole line."""

    model_config = example(reason="证件号码有误，请核对", member_ids=[MEMBER_ID], version=1)

    reason: str = Field(max_length=500)
    member_ids: list[UUID] | None = Field(default=None, max_length=100_000)
    version: int


class Reassign(BaseModel):
    """`line_ids` None = every open line of the closed union (A56)."""

    model_config = example(from_union_id=UNION_ID, to_union_id=UNIT_ID, reason="原街道总工会已撤销")

    from_union_id: UUID
    to_union_id: UUID
    reason: str = Field(max_length=500)
    line_ids: list[UUID] | None = None


class LineOut(BaseModel):
    """One row of a reviewer's list (F222). `status` is the unit's word for it in detail (A14)."""

    model_config = example(**LINE)

    line_id: UUID
    batch_no: str
    union_id: UUID
    union_name: str
    unit_id: UUID
    unit_name: str
    organization_code: str | None = None
    credit_code: str | None = None
    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    channel: Labelled[Channel]
    term: Labelled[Term]
    start_on: date
    end_on: date
    start_rule: Labelled[StartRule]
    heads: int
    fee: Shares
    #: People whom the registries call retired or deceased since the submission (A54).
    flagged: int
    state: Labelled[LineState]
    status: Labelled[LineStatus]
    version: int
    round: int
    replaces: str | None = None
    submission_no: str | None = None
    reviewer: str
    submitted_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, row: Any) -> "LineOut":
        said = {"fee": fee_of(row), "reviewer": row["chain_names"][row["step"]], "status": _status(row)}
        return cls.model_validate(dict(row) | said)


def _status(row: Any) -> LineStatus:
    return status_of(LineState(row["state"]), at_last_step=row["step"] == len(row["chain"]) - 1)


class LineTotals(BaseModel):
    """合计参保人数 and 保障费用 of a whole list, whatever its filters (F227–F232, A52)."""

    model_config = example(lines=2, heads=3, service_card=1, social_security_card=2, fee=FEE)

    lines: int
    heads: int
    service_card: int
    social_security_card: int
    fee: Shares


class SuperiorOption(BaseModel):
    union_id: UUID
    name: str


class PlanOption(BaseModel):
    plan: str
    plan_name: str


class ListOptions(BaseModel):
    """What the filters 上级工会 and 保障类型 can choose among; words have theirs in `/texts`."""

    model_config = example(
        superiors=[{"union_id": UNION_ID, "name": "示例街道总工会"}],
        plans=[{"plan": "A", "plan_name": "A类会员专享基本保障"}],
    )

    superiors: list[SuperiorOption]
    plans: list[PlanOption]


class HistoryEntry(BaseModel):
    at: Instant
    account: str
    union_id: UUID | None = None
    what: Labelled[Happened]
    reason: str | None = None
    detail: dict[str, Any]


class EarlierRound(BaseModel):
    """A line that this one replaces, and what it was returned for (D18, A49)."""

    line_id: UUID
    batch_no: str
    round: int
    submitted_heads: int
    returned_at: Instant | None = None
    reason: str | None = None


class LinePerson(BaseModel):
    """Masked; `name` in full for the reviewer and the unit's own handler (A29). `flag`: see A54."""

    model_config = example(**PERSON)

    member_id: UUID
    member_no: str
    name: str
    masked_number: str
    document_type: Labelled[DocumentType]
    confirmed_by_hand: bool
    state: Labelled[PersonState]
    flag: Labelled[EmploymentStatus] | None = None


class Revealed(BaseModel):
    """A full document number; the asking is on record."""

    model_config = example(member_id=MEMBER_ID, document_number="310101199003071230")

    member_id: UUID
    document_number: str


class LineDetail(BaseModel):
    model_config = example(
        line=LINE, rate={"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0},
        chain=["示例街道总工会", "示例区总工会"], earlier_rounds=[],
        history=[
            {
                "at": "2024-05-10T14:41:00+08:00", "account": "handler", "union_id": UNION_ID, "reason": None,
                "what": {"code": "submitted", "label": "提交至上级审核"}, "detail": {"heads": 3, "round": 1},
            }
        ],
    )  # fmt: skip

    line: LineOut
    rate: Shares
    chain: list[str]
    earlier_rounds: list[EarlierRound]
    history: list[HistoryEntry]


def fee_of(row: Any) -> Shares:
    return Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"])
