"""The callbacks of the protection center: its decision on a submission, and its feedback on a payment (D21)."""

from fastapi import APIRouter, Response

from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.web import Command, CommandResult, Scope, may
from contracts.words import Role
from review_svc.api.access import require_decidable
from review_svc.api.center_schemas import CenterDecision, CenterFeedback
from review_svc.api.command_schemas import Applied
from review_svc.usecases.deciding import Decision, decide
from review_svc.usecases.feeding_back import Feedback, apply_feedback
from review_svc.usecases.submitting import CALLBACK_PATH

router = APIRouter(tags=["center"])


@router.post(
    CALLBACK_PATH, response_model=Applied, dependencies=[may("职保中心确认或退回", Role.CENTER, scope=Scope.SUBTREE)]
)
async def take_decision(body: CenterDecision, command: Command) -> Response:
    """The center confirms or rejects a submission. If the center sends the same decision again, nothing changes."""
    decision = Decision(
        body.submission_no,
        body.version,
        body.decision == "confirmed",
        body.heads,
        body.fee.plain(),
        body.line_ids,
        body.reason or "",
        body.decided_at,
    )
    return await command.once("center_decided", lambda work: _apply_decision(decision, command.principal, work))


async def _apply_decision(decision: Decision, principal: Principal, work: UnitOfWork) -> CommandResult:
    await require_decidable(decision.submission_no, principal, work)
    events = await decide(decision, work)
    word = "confirmed" if decision.confirmed else "rejected"
    return CommandResult(
        Applied(applied=bool(events)), events, subject=decision.submission_no, detail={"decision": word}
    )


@router.post(
    "/center/feedback", response_model=Applied, dependencies=[may("职保中心反馈", Role.CENTER, scope=Scope.SUBTREE)]
)
async def take_feedback(body: CenterFeedback, command: Command) -> Response:
    """职保中心反馈: the center's feedback on the payment for a confirmed submission (F247)."""
    feedback = Feedback(body.submission_no, body.version, body.result, body.text, body.given_at)
    return await command.once("center_fed_back", lambda work: _apply_feedback(feedback, command.principal, work))


async def _apply_feedback(feedback: Feedback, principal: Principal, work: UnitOfWork) -> CommandResult:
    await require_decidable(feedback.submission_no, principal, work)
    events = await apply_feedback(feedback, work)
    detail = {"result": feedback.result.value} if events else {}
    return CommandResult(Applied(applied=bool(events)), events, subject=feedback.submission_no, detail=detail)
