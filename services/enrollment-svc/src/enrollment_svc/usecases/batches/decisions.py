"""Apply the decisions of superior unions and of the center to submitted lines."""

from typing import TYPE_CHECKING

import structlog

from chassis.database import UnitOfWork
from contracts.reviews import (
    BatchCompleted,
    BatchReassigned,
    BatchReturned,
    BatchWithdrawn,
    CenterConfirmed,
    CenterRejected,
    LineEvent,
    WithdrawalRefused,
)
from contracts.words import NoticeKind
from enrollment_svc.domain.batches.lines import LINE, LineState, states_before
from enrollment_svc.domain.refusals import LineUnknown
from enrollment_svc.domain.submissions.review_chain import reassigned
from enrollment_svc.store.batches import lines, outcomes
from enrollment_svc.store.batches.outcomes import Completion, Return
from enrollment_svc.usecases import notices
from enrollment_svc.usecases.batches import flags
from enrollment_svc.usecases.rates.rates import money

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()


async def apply_batch_returned(event: BatchReturned, work: UnitOfWork) -> None:
    """Return a line, or chosen people of the line. The returned people can be submitted again (A48, A49)."""
    await (_return_line if event.whole else _return_people)(event, work)


async def _return_line(event: BatchReturned, work: UnitOfWork) -> None:
    before, at = states_before("return"), event.returned_at
    line = await outcomes.end(
        work.connection, event.line_id, before, LineState.RETURNED, event.reason, at, event.returned_by_union
    )
    if line is None:
        await _check_repetition(event, "return", LineState.RETURNED, work)
        return
    await notices.publish_once(NoticeKind.RETURNED, line, f"{event.line_id}|{at.isoformat()}", at, work)


async def _return_people(event: BatchReturned, work: UnitOfWork) -> None:
    """Return chosen people. The parts arrive in order, and the last part publishes the notice to the union."""
    at = event.returned_at
    returned = Return(event.member_ids, event.heads, money(event.fee), event.reason, at, event.returned_by_union)
    before = await lines.find(work.connection, event.line_id)
    line = await outcomes.return_people(work.connection, event.line_id, states_before("return_people"), returned)
    if line is None:
        await _check_repetition(event, "return_people", None, work)
        return
    if before and before["state"] == LineState.COMPLETED:
        # The center has rejected the line, but CenterRejected has not arrived yet, because its key is not the key of
        # BatchReturned. This return puts the line under review again. When CenterRejected arrives, the line is not
        # 已完成 any more, so the handling of CenterRejected flags nobody in this line. Therefore the retired and
        # deceased people are flagged now.
        work.emit(await flags.flag_reopened_lines([event.line_id], work))
    if event.part.index == event.part.count - 1:
        await notices.publish_once(NoticeKind.PEOPLE_RETURNED, line, f"{event.line_id}|{at.isoformat()}", at, work)


async def apply_batch_withdrawn(event: BatchWithdrawn, work: UnitOfWork) -> None:
    """End the line as withdrawn (A50)."""
    before, at = states_before("withdraw"), event.withdrawn_at
    line = await outcomes.end(work.connection, event.line_id, before, LineState.WITHDRAWN, None, at, "")
    if line is None:
        await _check_repetition(event, "withdraw", LineState.WITHDRAWN, work)
        return
    await notices.publish_once(NoticeKind.WITHDRAWN, line, str(event.line_id), at, work)


async def apply_withdrawal_refused(event: WithdrawalRefused, work: UnitOfWork) -> None:
    """Store that review-svc has refused the withdrawal. Nothing changes if no request is open."""
    line = await outcomes.refuse_withdrawal(work.connection, event.line_id, event.code, event.refused_at)
    if line:
        fact = f"{event.line_id}|{event.refused_at.isoformat()}"
        await notices.publish_once(NoticeKind.WITHDRAWAL_REFUSED, line, fact, event.refused_at, work)


async def apply_batch_completed(event: BatchCompleted, work: UnitOfWork) -> None:
    """Complete the line. If CenterRejected arrived first, the line stays under review instead (F184, A53)."""
    completion = Completion(
        event.submission_no,
        event.heads,
        money(event.fee),
        event.completed_at,
        event.start_on,
        event.end_on,
        event.term,
        money(event.rate) if event.rate else None,
    )
    line = await outcomes.complete(work.connection, event.line_id, states_before("complete"), completion)
    if line is None:
        await _check_repetition(event, "complete", LineState.COMPLETED, work)
    elif line["state"] == LineState.IN_REVIEW:
        await _report_reopened([line], event.submission_no, work)
    else:
        await notices.publish_once(NoticeKind.COMPLETED, line, event.submission_no, event.completed_at, work)


async def apply_center_confirmed(event: CenterConfirmed, work: UnitOfWork) -> None:
    await outcomes.center_confirmed(work.connection, event.submission_no, event.confirmed_at)


async def apply_center_rejected(event: CenterRejected, work: UnitOfWork) -> None:
    """Reopen lines. The lines change from 已完成 to 区局确认中, and their people change from 已参保 to 审核中 (A53).

    If the BatchCompleted of a line arrives later, `apply_batch_completed` leaves the line under review.
    """
    before = states_before("center_reject")
    reopened = await outcomes.center_rejected(
        work.connection, event.submission_no, event.line_ids, before, event.reason, event.rejected_at
    )
    await _report_reopened(reopened, event.submission_no, work)


async def apply_batch_reassigned(event: BatchReassigned, work: UnitOfWork) -> None:
    """Replace the closed union in the line's chain by the new reviewer (A56)."""
    line = await lines.lock(work.connection, event.batch_no, event.line_id)
    if line is None:
        raise LineUnknown(line_id=str(event.line_id))
    LINE.after(LineState(line["state"]), "reassign")
    chain = reassigned(line["chain"], str(event.from_union_id), str(event.to_union_id), event.to_union)
    await outcomes.reassign(work.connection, event.line_id, chain, event.reason, event.reassigned_at, event.to_union)


async def _report_reopened(reopened: list["asyncpg.Record"], submission_no: str, work: UnitOfWork) -> None:
    work.emit(await flags.flag_reopened_lines([line["line_id"] for line in reopened], work))
    for line in reopened:
        await notices.publish_once(NoticeKind.CENTER_REJECTED, line, submission_no, line["updated_at"], work)


async def _check_repetition(event: LineEvent, action: str, final_state: LineState | None, work: UnitOfWork) -> None:
    """Find out why an event changed nothing. Raises the refusal of the state machine if the action is not allowed.

    If the line is in `final_state`, an earlier event has done this action already. Then the repetition is only logged.
    """
    line = await lines.find(work.connection, event.line_id)
    if line is None:
        raise LineUnknown(line_id=str(event.line_id))
    state = LineState(line["state"])
    if state is not final_state:
        LINE.after(state, action, line_id=str(event.line_id))
    log.info("line_decision_repeated", batch_no=event.batch_no, line_id=str(event.line_id), state=state.value)
