"""提交至上级审核 (F173–F187, F201)."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.http import Act, Done, Labelled
from chassis.refusals import Refusal
from chassis.work import Work
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, Role, Term
from enrollment_svc.api.access import may_act
from enrollment_svc.api.summary import CheckShown, check_shown
from enrollment_svc.store.lines import NewLine
from enrollment_svc.usecases.rates import shares
from enrollment_svc.usecases.selection import Ask, listed, refusal_of
from enrollment_svc.usecases.submission import NotSubmitted, Submitted, submit

router = APIRouter(tags=["submissions"])


class OnRefused(StrEnum):
    """What happens to the others when some people are refused (D15)."""

    ALL_OR_NOTHING = "all_or_nothing"
    SKIP = "skip"


class Submit(BaseModel):
    """The ticked people, or `all` of 待提交 of the channel. `expected_total_fen`: the sum that the dialog showed."""

    model_config = ConfigDict(extra="forbid")

    union_id: UUID
    enrollment_type: EnrollmentType
    channel: Channel
    plan: str
    year: int | None = None
    member_ids: list[UUID] = Field(default_factory=list)
    all: bool = False
    on_refused: OnRefused = OnRefused.ALL_OR_NOTHING
    expected_total_fen: int | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Submit":
        if self.all and self.member_ids:
            raise ValueError("either member_ids or all")
        return self

    def ask(self) -> Ask:
        return Ask(
            union_id=self.union_id,
            enrollment_type=self.enrollment_type,
            channel=self.channel,
            plan=self.plan,
            year=self.year,
            member_ids=None if self.all else sorted(set(self.member_ids)),
            skip=self.on_refused is OnRefused.SKIP,
            expected_total_fen=self.expected_total_fen,
        )


class LineSubmitted(BaseModel):
    line_id: UUID
    unit_id: UUID
    unit_name: str
    channel: Labelled[Channel]
    heads: int
    fee: Shares
    round: int
    replaces: str | None


class RefusedPerson(BaseModel):
    member_id: UUID
    code: str
    message: str


class SubmitAnswer(BaseModel):
    """`lines` are this submission's; `joined`: they went under a number of the same day (A47)."""

    batch_no: str
    joined: bool
    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    start_on: date
    end_on: date
    term: Labelled[Term]
    heads: int
    rate: Shares
    fee: Shares
    chain: list[str]
    lines: list[LineSubmitted]
    refused: list[RefusedPerson]
    check: CheckShown | None


@router.post("/submissions", status_code=201, response_model=SubmitAnswer)
async def submit_people(body: Submit, act: Act) -> Response:
    """One batch line per enterprise, or a refusal and nothing written. STATUS_STALE also starts a check."""
    act.require(Role.HANDLER)

    async def submit_once(work: Work) -> Done:
        await may_act(work, body.union_id)
        outcome = await submit(body.ask(), work)
        if isinstance(outcome, NotSubmitted):
            return _not_submitted(outcome, body.union_id)
        return _submitted(outcome)

    return await act.once("submission_decided", submit_once)


def _not_submitted(outcome: NotSubmitted, union_id: UUID) -> Done:
    """A refusal that is committed, for the sake of the check that it started."""
    refusal: Refusal = refusal_of(outcome.refused)
    check = check_shown(outcome.check.check) if outcome.check.check else None
    detail: dict[str, Any] = refusal.detail | {"check": check.model_dump(mode="json") if check else None}
    body = {"code": refusal.code, "message": refusal.text, "detail": detail}
    counted = {"heads": 0, "refused": len(outcome.refused)}
    return Done(body, outcome.check.events, refusal.status, subject=str(union_id), detail=counted)


def _submitted(outcome: Submitted) -> Done:
    terms, batch = outcome.terms, outcome.batch
    check = outcome.check.check if outcome.check else None
    answer = SubmitAnswer(
        batch_no=batch.batch_no,
        joined=outcome.joined,
        year=batch.year,
        plan=batch.plan,
        plan_name=batch.plan_name,
        enrollment_type=batch.enrollment_type,
        start_on=terms.cover.start_on,
        end_on=terms.cover.end_on,
        term=terms.cover.term,
        heads=outcome.heads,
        rate=shares(terms.rate.money),
        fee=shares(outcome.fee),
        chain=[node.name for node in terms.chain],
        lines=[_line(line) for line in outcome.lines],
        refused=[RefusedPerson.model_validate(listed(one)) for one in outcome.refused],
        check=check_shown(check) if check else None,
    )
    counted = {"heads": outcome.heads, "fee_fen": outcome.fee.total_fen, "refused": len(outcome.refused)}
    events = outcome.check.events if outcome.check else ()
    return Done(answer, events, 201, subject=batch.batch_no, detail=counted)


def _line(line: NewLine) -> LineSubmitted:
    return LineSubmitted(
        line_id=line.line_id,
        unit_id=line.unit_id,
        unit_name=line.unit_name,
        channel=line.channel,
        heads=line.heads,
        fee=shares(line.rate.times(line.heads)),
        round=line.round,
        replaces=line.replaces,
    )
