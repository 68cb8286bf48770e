"""What the superior unions and the center decided about our lines."""

from chassis.work import Work
from contracts.reviews import (
    BatchCompleted,
    BatchReturned,
    BatchWithdrawn,
    CenterConfirmed,
    CenterRejected,
    WithdrawalRefused,
)
from enrollment_svc.domain.lines import LineState
from enrollment_svc.store import lines
from enrollment_svc.usecases.rates import money


async def take_returned(event: BatchReturned, work: Work) -> None:
    """A line, or chosen people of it, came back; their city keys are free (A48, A49)."""
    by = event.returned_by_union
    if event.whole:
        await lines.end(work.connection, event.line_id, LineState.RETURNED, event.reason, event.returned_at, by)
    else:
        await lines.return_people(
            work.connection,
            event.line_id,
            event.member_ids,
            event.heads,
            money(event.fee),
            event.reason,
            event.returned_at,
            by,
        )


async def take_withdrawn(event: BatchWithdrawn, work: Work) -> None:
    await lines.end(work.connection, event.line_id, LineState.WITHDRAWN, None, event.withdrawn_at, "")


async def take_withdrawal_refused(event: WithdrawalRefused, work: Work) -> None:
    await lines.refuse_withdrawal(work.connection, event.line_id, event.code, event.refused_at)


async def take_completed(event: BatchCompleted, work: Work) -> None:
    await lines.complete(
        work.connection, event.line_id, event.submission_no, event.heads, money(event.fee), event.completed_at
    )


async def take_center_confirmed(event: CenterConfirmed, work: Work) -> None:
    await lines.center_confirmed(work.connection, event.submission_no, event.confirmed_at)


async def take_center_rejected(event: CenterRejected, work: Work) -> None:
    await lines.center_rejected(work.connection, event.submission_no, event.line_ids, event.reason, event.rejected_at)
