"""Applies the center's decision on a voucher to the voucher and to the dues that it fills (F247, A62)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import NotFound
from contracts.event import Event
from contracts.payments import VoucherAccepted, VoucherRejected
from payment_svc.domain.dues import Due
from payment_svc.domain.filling import Fill
from payment_svc.domain.states import VOUCHER, DueState, OwnVoucher, VoucherState
from payment_svc.store import dues, vouchers
from payment_svc.usecases import notices
from payment_svc.vouchers import Decision, paid_submissions

if TYPE_CHECKING:
    import asyncpg


async def decide_voucher(decision: Decision, work: UnitOfWork) -> list[Event]:
    """Count the money of an accepted voucher as paid, or free the reserved money of a rejected voucher.

    A repeated decision changes nothing and publishes nothing.

    Raises NotFound or OwnVoucher. Raises VoucherAlreadyDecided if a different decision is stored already.
    """
    fills = await vouchers.fills_of(work.connection, decision.voucher_id)
    rows = await dues.lock_dues(work.connection, [fill.submission_no for fill in fills])
    voucher = await vouchers.lock_voucher(work.connection, decision.voucher_id)
    if voucher is None:
        raise NotFound(voucher_id=str(decision.voucher_id))
    if work.actor is not None and work.actor.account == voucher["uploaded_by"]:
        raise OwnVoucher
    state = vouchers.STATES[voucher["state"]]
    if state is _state_decided(decision):
        return []
    state = VOUCHER.after(state, "accept" if decision.accepted else "reject")
    after = _dues_after(decision, fills, {row["submission_no"]: dues.due_of(row) for row in rows})
    for due in after:
        await dues.save_due(work.connection, due, work.now)
    numbers = [due.submission_no for due in after]
    await dues.stamp_dues(work.connection, numbers, feedback_at=decision.decided_at)
    await vouchers.close_voucher(work.connection, decision, state)
    union_id: UUID = voucher["union_id"]
    notice = notices.voucher_answered(decision, union_id, numbers, work.now)
    return [_event(decision, voucher, fills, after), notice]


def _state_decided(decision: Decision) -> VoucherState:
    return VoucherState.ACCEPTED if decision.accepted else VoucherState.REJECTED


def _dues_after(decision: Decision, fills: Sequence[Fill], before: Mapping[str, Due]) -> list[Due]:
    if decision.accepted:
        return [before[fill.submission_no].pay(fill.amount_fen) for fill in fills]
    return [before[fill.submission_no].free(fill.amount_fen) for fill in fills]


def _event(decision: Decision, voucher: "asyncpg.Record", fills: Sequence[Fill], after: Sequence[Due]) -> Event:
    union_id: UUID = voucher["union_id"]
    if not decision.accepted:
        return VoucherRejected(
            voucher_id=decision.voucher_id,
            union_id=union_id,
            reason=decision.reason or "",
            rejected_at=decision.decided_at,
        )
    return VoucherAccepted(
        voucher_id=decision.voucher_id,
        union_id=union_id,
        amount_fen=voucher["amount_fen"],
        settled=_settled(fills, after),
        submissions=paid_submissions(fills),
        accepted_at=decision.decided_at,
    )


def _settled(fills: Sequence[Fill], after: Sequence[Due]) -> list[str]:
    """The submissions that are now paid in full, and for which this voucher paid at least a part of the money."""
    filled = {fill.submission_no for fill in fills if fill.amount_fen}
    return [due.submission_no for due in after if due.submission_no in filled and due.state is DueState.SETTLED]
