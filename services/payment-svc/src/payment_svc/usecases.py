"""Load, decide, save, tell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.http import Done
from chassis.refusals import Forbidden, NotFound
from chassis.work import Work
from contracts.event import Event
from contracts.fields import Shares
from contracts.payments import VoucherAccepted, VoucherRejected, VoucherSubmitted
from contracts.reviews import CenterConfirmed, CenterRejected, SubmittedToCenter
from payment_svc import domain
from payment_svc.domain import Confirmed, Due, DueState, Fill, Rejected, Submitted, Sums, VoucherState
from payment_svc.store import dues, vouchers
from payment_svc.vouchers import (
    REFERENCE,
    Decision,
    Voucher,
    VoucherUpload,
    normal_reference,
    paid_submissions,
    voucher_id_of,
)

if TYPE_CHECKING:
    import asyncpg

#: Kind of the outbound request that sends a voucher to the center.
SEND = "center.voucher"


class SumsDiffer(ValueError):
    """What a confirmation bills is not what its shares add up to."""


async def note_submitted(event: SubmittedToCenter, work: Work) -> None:
    """A district's submission went to the center; what it will owe awaits the confirmation."""
    due = await dues.open_due(work.connection, event)
    await dues.put_lines(work.connection, event.submission_no, event.version, event.lines)
    await dues.name_union(work.connection, event.submission_no, event.union_name)
    submitted = Submitted(event.version, _sums(event.heads, event.fee), event.submitted_at)
    await _save(due.submit(submitted), work)


async def note_confirmed(event: CenterConfirmed, work: Work) -> None:
    """The center accepted the list: from here on its sums are owed (A62)."""
    if event.fee.due_fen != event.due_fen:
        raise SumsDiffer(f"submission {event.submission_no}: due_fen is not district + unit")
    due = await dues.open_due(work.connection, event)
    await _save(due.confirm(Confirmed(event.version, _sums(event.heads, event.fee), event.confirmed_at)), work)


async def note_rejected(event: CenterRejected, work: Work) -> None:
    """The center rejected the submission or lines of it (A53)."""
    due = await dues.open_due(work.connection, event)
    rejected = Rejected(event.version, event.reason, event.rejected_at, frozenset(event.line_ids))
    await _save(due.reject(rejected), work)


async def submit_voucher(upload: VoucherUpload, work: Work) -> Done:
    """Fill the ticked submissions and send the voucher to the center (F278, A62).

    Raises Forbidden for a submission that is not this union's own, and the refusals of `domain`.
    """
    domain.require_paid(upload.paid_on, work.now)
    locked = await _own_dues(upload, work)
    reference_key = work.index.of(REFERENCE, normal_reference(upload.bank_reference))
    await vouchers.refuse_used(work.connection, upload.attachment.sha256, reference_key)
    filling = domain.fill(locked.values(), upload.amount_fen)
    domain.require_reason(filling, upload.amount_fen, upload.reason)
    voucher = Voucher(voucher_id_of(work.cause_id), upload, filling, work.now)
    await vouchers.add_voucher(work.connection, work.vault, voucher, reference_key)
    for fill in filling.fills:
        await dues.save_due(work.connection, locked[fill.submission_no].reserve(fill.amount_fen), work.now)
    await dues.stamp_dues(work.connection, list(locked), voucher_at=work.now)
    await work.request(SEND, str(voucher.voucher_id), {"voucher_id": str(voucher.voucher_id)})
    return _submitted(voucher)


async def decide_voucher(decision: Decision, work: Work) -> list[Event]:
    """The center's answer: what was filled is paid, or free again. The same answer twice is told once.

    Raises NotFound, or VoucherAlreadyDecided where the answer was another one before.
    """
    fills = await vouchers.fills_of(work.connection, decision.voucher_id)
    rows = await dues.lock_dues(work.connection, [fill.submission_no for fill in fills])
    voucher = await vouchers.lock_voucher(work.connection, decision.voucher_id)
    if voucher is None:
        raise NotFound(voucher_id=str(decision.voucher_id))
    if voucher["state"] != VoucherState.SUBMITTED:
        if (voucher["state"] == VoucherState.ACCEPTED) != decision.accepted:
            raise domain.VoucherAlreadyDecided(state=voucher["state"])
        return []
    after = _after(decision, fills, {row["submission_no"]: dues.due_of(row) for row in rows})
    for due in after:
        await dues.save_due(work.connection, due, work.now)
    numbers = [due.submission_no for due in after]
    await dues.stamp_dues(work.connection, numbers, feedback_at=decision.decided_at)
    await vouchers.close_voucher(work.connection, decision)
    return [_decided(decision, voucher, fills, after)]


async def _own_dues(upload: VoucherUpload, work: Work) -> Mapping[str, Due]:
    """The ticked submissions, locked. An unknown one and another union's answer alike."""
    wanted = set(upload.submission_nos)
    if not wanted:
        raise domain.NoSubmissionChosen
    rows = await dues.lock_dues(work.connection, list(wanted))
    if len(rows) != len(wanted) or any(row["union_id"] != upload.union_id for row in rows):
        raise Forbidden
    return {row["submission_no"]: dues.due_of(row) for row in rows}


async def _save(due: Due, work: Work) -> None:
    """Count the heads of rejected lines anew, for lines and rejection may come in either order."""
    if due.rejected and due.rejected.line_ids:
        version, line_ids = due.rejected.version, list(due.rejected.line_ids)
        heads = await dues.heads_of_lines(work.connection, due.submission_no, version, line_ids)
        due = replace(due, rejected=replace(due.rejected, heads=heads))
    await dues.save_due(work.connection, due, work.now)


def _after(decision: Decision, fills: Sequence[Fill], before: Mapping[str, Due]) -> list[Due]:
    if decision.accepted:
        return [before[fill.submission_no].pay(fill.amount_fen) for fill in fills]
    return [before[fill.submission_no].free(fill.amount_fen) for fill in fills]


def _submitted(voucher: Voucher) -> Done:
    upload, filling = voucher.upload, voucher.filling
    event = VoucherSubmitted(
        voucher_id=voucher.voucher_id,
        union_id=upload.union_id,
        amount_fen=upload.amount_fen,
        paid_on=upload.paid_on,
        result=filling.result,
        submissions=paid_submissions(filling.fills),
        file_sha256=upload.attachment.sha256,
        submitted_at=voucher.uploaded_at,
    )
    body = {
        "voucher_id": voucher.voucher_id,
        "state": {"code": VoucherState.SUBMITTED.value, "label": VoucherState.SUBMITTED.label},
        "result": {"code": filling.result.value, "label": filling.result.label},
        "amount_fen": upload.amount_fen,
        "due_fen": filling.due_fen,
        "filled_fen": filling.filled_fen,
        "surplus_fen": upload.amount_fen - filling.filled_fen,
        "submissions": [paid.model_dump() for paid in event.submissions],
    }
    detail = {"amount_fen": upload.amount_fen, "result": filling.result.value, "submissions": len(filling.fills)}
    return Done(body, events=[event], status=201, subject=str(voucher.voucher_id), detail=detail)


def _decided(decision: Decision, voucher: "asyncpg.Record", fills: Sequence[Fill], after: Sequence[Due]) -> Event:
    union_id: UUID = voucher["union_id"]
    if not decision.accepted:
        return VoucherRejected(
            voucher_id=decision.voucher_id,
            union_id=union_id,
            reason=decision.reason,
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
    """Submissions that this voucher paid the last of."""
    filled = {fill.submission_no for fill in fills if fill.amount_fen}
    return [due.submission_no for due in after if due.submission_no in filled and due.state is DueState.SETTLED]


def _sums(heads: int, fee: Shares) -> Sums:
    return Sums(heads, fee.city_fen, fee.district_fen, fee.unit_fen)
