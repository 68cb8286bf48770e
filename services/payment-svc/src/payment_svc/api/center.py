"""The callback by which the protection center decides a voucher."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.validation import Moment, Text, example
from chassis.web import Command, CommandResult, Scope, may, reach, reached_row
from contracts.payments import VoucherAccepted
from contracts.words import Role
from payment_svc.jobs.center_requests import feedback_text
from payment_svc.store import vouchers
from payment_svc.usecases.decisions import decide_voucher
from payment_svc.usecases.vouchers import CALLBACK_PATH
from payment_svc.vouchers import Decision

router = APIRouter(tags=["center"])


class VoucherDecision(BaseModel):
    """The center's decision on a voucher (F247). A rejection without a `reason` gets the reason 职保中心未说明原因."""

    model_config = example(
        {
            "voucher_id": "a3b1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
            "decision": "rejected",
            "reason": "图片不清晰",
            "decided_at": "2024-05-13T09:00:00+08:00",
        }
    )

    voucher_id: UUID
    decision: Literal["accepted", "rejected"]
    reason: Text | None = None
    decided_at: Moment


class DecisionAccepted(BaseModel):
    """`settled`: the submissions that the voucher paid in full.

    `repeated`: True if the same decision was stored before.
    """

    model_config = example(
        {
            "voucher_id": "a3b1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
            "state": "accepted",
            "settled": ["CB202405109000"],
            "repeated": False,
        }
    )

    voucher_id: UUID
    state: Literal["accepted", "rejected"]
    settled: list[str]
    repeated: bool


@router.post(
    CALLBACK_PATH,
    response_model=DecisionAccepted,
    dependencies=[may("职保中心核对缴费凭证", Role.CENTER, scope=Scope.SUBTREE)],
)
async def take_decision(body: VoucherDecision, command: Command) -> Response:
    """The center accepts or rejects a voucher. If the center sends the same decision again, nothing changes, and the
    answer is 200.

    A different decision on the same voucher gets 409 VOUCHER_ALREADY_DECIDED.
    """
    decided_at: datetime = body.decided_at
    accepted = body.decision == "accepted"
    decision = Decision(body.voucher_id, accepted, feedback_text(accepted, body.reason), decided_at)

    async def use_case(work: UnitOfWork) -> CommandResult:
        if reach(command.principal) is not None:
            # The account reaches only a part of the city. It must not learn whether a voucher exists in another part.
            voucher = await vouchers.find_voucher(work.connection, body.voucher_id)
            await reached_row(work.connection, command.principal, voucher)
        events = await decide_voucher(decision, work)
        settled = [number for event in events if isinstance(event, VoucherAccepted) for number in event.settled]
        answer = {"voucher_id": body.voucher_id, "state": body.decision, "settled": settled, "repeated": not events}
        detail = {"decision": body.decision, "settled": len(settled)}
        return CommandResult(answer, events=events, subject=str(body.voucher_id), detail=detail)

    return await command.once("voucher_decided", use_case)
