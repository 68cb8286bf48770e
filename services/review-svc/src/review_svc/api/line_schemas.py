"""HTTP schemas of lines."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.validation import Body, Ids, Instant, Text, Version, example
from chassis.web import Labelled
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, StartRule, Term
from review_svc.api.examples import FEE, LINE, LINE_ID, MEMBER_ID, UNION_ID, UNIT_ID
from review_svc.domain.lines import LineState, UnitLineState, unit_state_of


class LineVersion(Body):
    line_id: UUID
    version: Version


class TickedLines(Body):
    """The ticked lines, each with the version that the screen showed (D19)."""

    model_config = example(lines=[{"line_id": LINE_ID, "version": 1}])

    lines: list[LineVersion] = Field(max_length=5000)

    def versions(self) -> dict[UUID, int]:
        return {line.line_id: line.version for line in self.lines}


class PassUp(Body):
    """If `line_ids` is None: the whole list 待提交 is passed up (A52).

    `enrollment_type`: the type that the page shows (F209). Only lines of this type are passed up. None = both types.
    """

    model_config = example(line_ids=[LINE_ID])

    line_ids: Ids | None = None
    enrollment_type: EnrollmentType | None = None


class ReturnLine(Body):
    """If `member_ids` is None: the whole line is returned."""

    model_config = example(reason="证件号码有误，请核对", member_ids=[MEMBER_ID], version=1)

    reason: Text
    member_ids: list[UUID] | None = Field(default=None, max_length=100_000)
    version: Version


class Reassign(Body):
    """If `line_ids` is None: all open lines that wait for the closed union, or reach it later, are reassigned (A56)."""

    model_config = example(from_union_id=UNION_ID, to_union_id=UNIT_ID, reason="原街道总工会已撤销")

    from_union_id: UUID
    to_union_id: UUID
    reason: Text
    line_ids: Ids | None = None


class LineOut(BaseModel):
    """One row of a reviewer's list (F222). `unit_state` is the state as the unit sees it (A14)."""

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
    #: How many people of the line a registry has reported as retired or deceased since the submission (A54).
    flagged: int
    state: Labelled[LineState]
    unit_state: Labelled[UnitLineState]
    version: int
    round: int
    replaces: str | None = None
    submission_no: str | None = None
    reviewer: str
    submitted_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, row: Any) -> "LineOut":
        computed = {"fee": fee_of(row), "reviewer": row["chain_names"][row["step"]], "unit_state": _unit_state(row)}
        return cls.model_validate(dict(row) | computed)


def _unit_state(row: Any) -> UnitLineState:
    return unit_state_of(LineState(row["state"]), at_last_step=row["step"] == len(row["chain"]) - 1)


class LineTotals(BaseModel):
    """合计参保人数 and 保障费用 of the whole list, without the filters (F227–F232, A52)."""

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
    """The choices of the filters 上级工会 and 保障类型. The route `/texts` gives the choices of the other filters."""

    model_config = example(
        superiors=[{"union_id": UNION_ID, "name": "示例街道总工会"}],
        plans=[{"plan": "A", "plan_name": "A类会员专享基本保障"}],
    )

    superiors: list[SuperiorOption]
    plans: list[PlanOption]


def fee_of(row: Any) -> Shares:
    return Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"])
