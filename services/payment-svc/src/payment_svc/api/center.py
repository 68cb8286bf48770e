"""Where the protection center calls back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel

from chassis.http import Act, Done
from chassis.work import Work
from contracts.payments import VoucherAccepted
from contracts.words import Role
from payment_svc import usecases
from payment_svc.center_requests import CALLBACK_PATH, NO_REASON
from payment_svc.vouchers import Decision

router = APIRouter(tags=["center"])


class VoucherDecision(BaseModel):
    """The center's feedback to a voucher (F247)."""

    voucher_id: UUID
    decision: Literal["accepted", "rejected"]
    reason: str | None = None
    decided_at: AwareDatetime


@router.post(CALLBACK_PATH)
async def take_decision(body: VoucherDecision, act: Act) -> Response:
    """The same decision again changes nothing and answers 200; another one gets 409 VOUCHER_ALREADY_DECIDED."""
    act.require(Role.CENTER)
    decided_at: datetime = body.decided_at
    decision = Decision(body.voucher_id, body.decision == "accepted", body.reason or NO_REASON, decided_at)

    async def use_case(work: Work) -> Done:
        events = await usecases.decide_voucher(decision, work)
        settled = [number for event in events if isinstance(event, VoucherAccepted) for number in event.settled]
        answer = {"voucher_id": body.voucher_id, "state": body.decision, "settled": settled, "repeated": not events}
        detail = {"decision": body.decision, "settled": len(settled)}
        return Done(answer, events=events, subject=str(body.voucher_id), detail=detail)

    return await act.once("voucher_decided", use_case)
