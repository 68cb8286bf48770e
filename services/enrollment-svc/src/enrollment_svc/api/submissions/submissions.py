"""Submit people to the superior union: button 提交至上级审核 (F173–F187, F201)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.validation import Body, MoneyFen, example
from chassis.web import MASKED, Command, CommandResult, Labelled, Read, Scope, may, require_reach, yuan
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType, Role, StartRule, Term
from enrollment_svc.api.access import may_read
from enrollment_svc.api.candidates.summary import CHECK_EXAMPLE, CheckShown, check_shown
from enrollment_svc.api.examples import (
    BATCH_NO,
    FEE_OF_3,
    FULL_YEAR,
    IMMEDIATE,
    LINE,
    MEMBER,
    RATE,
    SOCIAL_SECURITY_CARD,
    UNION,
    UNIT,
)
from enrollment_svc.domain.submissions.eligibility import NEXT_STEPS, Ineligible
from enrollment_svc.domain.submissions.warnings import Caution, Warned
from enrollment_svc.store.batches.lines import NewLine
from enrollment_svc.texts.submission import DIALOG, DIALOG_COUNT, DIALOG_COUNT_OF_SOME, DIALOG_TITLE
from enrollment_svc.usecases.rates.rates import shares
from enrollment_svc.usecases.submissions.dialog import Dialog, dialog
from enrollment_svc.usecases.submissions.selection import Refused, listed
from enrollment_svc.usecases.submissions.submission import NotSubmitted, Submitted, submit
from enrollment_svc.usecases.submissions.terms import SubmissionRequest

router = APIRouter(tags=["submissions"])

_REQUEST = {
    "union_id": UNION,
    "enrollment_type": "immediate",
    "channel": "social_security_card",
    "plan": "A",
    "member_ids": [MEMBER],
}


class OnRefused(StrEnum):
    """What happens to the eligible people if some of the chosen people are refused (D15)."""

    ALL_OR_NOTHING = "all_or_nothing"
    SKIP = "skip"


class Chosen(Body):
    """The ticked people (`member_ids`) or, with `all`, everybody in 待提交 of the channel. `year` is required only
    while the windows of two years are open.
    """

    model_config = example(_REQUEST)

    union_id: UUID
    enrollment_type: EnrollmentType
    channel: Channel
    plan: str = Field(min_length=1, max_length=8)
    year: int | None = Field(default=None, ge=2014, le=2100)
    member_ids: list[UUID] = Field(default_factory=list, max_length=100_000)
    all: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> "Chosen":
        if self.all and self.member_ids:
            raise ValueError("either member_ids or all")
        return self

    def to_request(self, principal: Principal) -> SubmissionRequest:
        return SubmissionRequest(
            union_id=self.union_id,
            submitter_id=principal.scope_id,
            enrollment_type=self.enrollment_type,
            channel=self.channel,
            plan=self.plan,
            year=self.year,
            member_ids=None if self.all else sorted(set(self.member_ids)),
        )


class Submit(Chosen):
    """`expected_total_fen`: the total that the dialog showed. If the total has changed after the dialog, the answer is
    TOTAL_CHANGED.
    """

    model_config = example(_REQUEST | {"expected_total_fen": 2600, "on_refused": "all_or_nothing"})

    on_refused: OnRefused = OnRefused.ALL_OR_NOTHING
    expected_total_fen: MoneyFen | None = None

    def to_request(self, principal: Principal) -> SubmissionRequest:
        skip = self.on_refused is OnRefused.SKIP
        return replace(super().to_request(principal), skip=skip, expected_total_fen=self.expected_total_fen)


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
    """A refused person. If the id belongs to no member of the union, `member_no` and the masked fields are null."""

    member_id: UUID
    member_no: str | None
    masked_name: str | None
    masked_number: str | None
    code: str
    message: str
    next_step: str


class WarningShown(BaseModel):
    """A warning, which does not prevent the submission. `people`: how many of the chosen people it concerns."""

    code: str
    message: str
    people: int


REFUSED = {
    "member_id": MEMBER,
    "member_no": "007000000001",
    "masked_name": "王*明",
    "masked_number": "3101**********1230",
    "code": Ineligible.NOT_READY.value,
    "message": Ineligible.NOT_READY.label,
    "next_step": NEXT_STEPS[Ineligible.NOT_READY],
}
_TERMS = {
    "year": 2024,
    "plan": "A",
    "plan_name": "A类会员专享基本保障",
    "enrollment_type": IMMEDIATE,
    "start_on": "2024-05-11",
    "end_on": "2024-12-31",
    "term": FULL_YEAR,
    "start_rule": {"code": "submit_next_day", "label": "提交参保的第二天"},
    "heads": 3,
    "rate": RATE,
    "fee": FEE_OF_3,
    "chain": ["金桥街道总工会", "浦东新区总工会"],
    "refused": [],
    "warnings": [],
}


class TermsShown(BaseModel):
    """`chain`: the reviewing unions, lowest first. `fee`: the fee of all people who are not refused.

    If `start_rule` is `approve_next_day`, the dates, the term and the fee are a forecast, because they depend on the
    day of the approval (A01).
    """

    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    start_on: date
    end_on: date
    term: Labelled[Term]
    start_rule: Labelled[StartRule]
    heads: int
    rate: Shares
    fee: Shares
    chain: list[str]
    refused: list[RefusedPerson]
    warnings: list[WarningShown]


class DialogShown(TermsShown):
    """The content of the dialog before 确定. The submission sends `fee.total_fen` back as `expected_total_fen`.

    `heads`: the number of all ticked people, including `refused`. `heads_to_submit`: the number of people whom
    跳过并提交其余 would submit.
    """

    model_config = example(
        _TERMS
        | {
            "heads": 4,
            "heads_to_submit": 3,
            "refused": [REFUSED],
            "title": DIALOG_TITLE,
            "text": DIALOG.format(plan_name="A类会员专享基本保障"),
            "counted": DIALOG_COUNT_OF_SOME.format(heads=4, refused=1, heads_to_submit=3, yuan="78"),
        }
    )

    heads_to_submit: int
    title: str
    text: str
    counted: str


class SubmitAnswer(TermsShown):
    """`heads` and `lines` cover this submission only, even if the batch has lines of an earlier submission.

    `joined`: True if an earlier submission of the day had created the batch (A47). `check`: the check of the people who
    were skipped because of STATUS_STALE, if any.
    """

    model_config = example(
        {"batch_no": BATCH_NO, "joined": False}
        | _TERMS
        | {
            "lines": [
                {
                    "line_id": LINE,
                    "unit_id": UNIT,
                    "unit_name": "金桥建设监理公司",
                    "channel": SOCIAL_SECURITY_CARD,
                    "heads": 3,
                    "fee": FEE_OF_3,
                    "round": 1,
                    "replaces": BATCH_NO,
                }
            ],
            "check": CHECK_EXAMPLE,
        }
    )

    batch_no: str
    joined: bool
    lines: list[LineSubmitted]
    check: CheckShown | None


@router.post(
    "/submissions/preview", dependencies=[may("提交至上级审核", Role.HANDLER, scope=Scope.SUBTREE, shown=MASKED)]
)
async def show_dialog(body: Chosen, read: Read) -> DialogShown:
    """The dialog that asks the handler to confirm the submission of the chosen people (F177). This POST only reads."""
    await may_read(read, body.union_id)
    found = await dialog(body.to_request(read.principal), read.connection, read.now)
    return DialogShown(
        **_terms(found, shares(found.fee), found.selection.refused),
        heads_to_submit=found.heads_to_submit,
        title=DIALOG_TITLE,
        text=DIALOG.format(plan_name=found.terms.rate.plan_name),
        counted=_counted(found),
    )


def _counted(found: Dialog) -> str:
    refused = len(found.selection.refused)
    text = DIALOG_COUNT_OF_SOME if refused else DIALOG_COUNT
    money = yuan(found.fee.total_fen)
    return text.format(heads=found.heads, refused=refused, heads_to_submit=found.heads_to_submit, yuan=money)


@router.post(
    "/submissions",
    status_code=201,
    response_model=SubmitAnswer,
    dependencies=[may("提交至上级审核", Role.HANDLER, scope=Scope.SUBTREE, shown=MASKED)],
)
async def submit_people(body: Submit, command: Command) -> Response:
    """Submit one batch line for each unit. If the submission is refused, no line is stored. If people were refused
    because their statuses are too old (STATUS_STALE), a check of these people is started.
    """

    async def submit_once(work: UnitOfWork) -> CommandResult:
        await require_reach(work.connection, command.principal, body.union_id)
        outcome = await submit(body.to_request(command.principal), work)
        if isinstance(outcome, NotSubmitted):
            return _not_submitted(outcome, body.union_id)
        return _submitted(outcome)

    return await command.once("submission_decided", submit_once)


def _not_submitted(outcome: NotSubmitted, union_id: UUID) -> CommandResult:
    """The answer with the refusal. The refusal is not raised as an exception, because an exception would roll back the
    start of the check.
    """
    refusal = outcome.selection.refusal()
    check = check_shown(outcome.check.check) if outcome.check.check else None
    detail: dict[str, Any] = refusal.detail | {"check": check.model_dump(mode="json") if check else None}
    body = {"code": refusal.code, "message": refusal.text, "detail": detail}
    counted = {"heads": 0, "refused": len(outcome.selection.refused)}
    return CommandResult(body, outcome.check.events, str(union_id), counted, refusal.status)


def _submitted(outcome: Submitted) -> CommandResult:
    check = outcome.check.check if outcome.check else None
    answer = SubmitAnswer(
        **_terms(outcome, shares(outcome.fee), outcome.refused),
        batch_no=outcome.batch.batch_no,
        joined=outcome.joined,
        lines=[_line(line) for line in outcome.lines],
        check=check_shown(check) if check else None,
    )
    counted = {"heads": outcome.heads, "fee_fen": outcome.fee.total_fen, "refused": len(outcome.refused)}
    events = outcome.check.events if outcome.check else ()
    return CommandResult(answer, events, subject=outcome.batch.batch_no, detail=counted)


def _terms(found: Submitted | Dialog, fee: Shares, refused: Sequence[Refused]) -> dict[str, Any]:
    context, terms = found.context, found.terms
    return {
        "year": context.year,
        "plan": terms.rate.plan,
        "plan_name": terms.rate.plan_name,
        "enrollment_type": context.request.enrollment_type,
        "start_on": terms.cover.start_on,
        "end_on": terms.cover.end_on,
        "term": terms.cover.term,
        "start_rule": terms.start_rule,
        "heads": found.heads,
        "rate": shares(terms.rate.money),
        "fee": fee,
        "chain": [node.name for node in context.chain],
        "refused": listed(refused),
        "warnings": [_warning(one) for one in found.warnings],
    }


def _warning(warned: Warned) -> WarningShown:
    caution: Caution = warned.caution
    return WarningShown(code=caution.value, message=caution.label, people=warned.people)


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
