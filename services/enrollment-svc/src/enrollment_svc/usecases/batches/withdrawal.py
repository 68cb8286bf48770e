"""Request the withdrawal of a line. review-svc decides, because only review-svc knows whether a reviewer has already
handled the line (A50).
"""

from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden, StaleVersion
from chassis.web import require_reach
from contracts.enrollments import WithdrawalRequested
from enrollment_svc.domain.batches.lines import LINE, LineState, WithdrawalState
from enrollment_svc.store.batches import lines, outcomes


async def request_withdrawal(
    batch_no: str, line_id: UUID, version: int | None, work: UnitOfWork
) -> list[WithdrawalRequested]:
    """Request the withdrawal. A second request before the decision changes nothing.

    Raises Forbidden for a line that is unknown or out of reach, NotWithdrawable for a line that is not under review,
    StaleVersion if the line has changed since the caller read it.
    """
    line = await lines.lock(work.connection, batch_no, line_id)
    if line is None or work.actor is None:
        raise Forbidden
    await require_reach(work.connection, work.actor, line["union_id"])
    if line["withdrawal"] == WithdrawalState.REQUESTED:
        return []
    if version not in (None, line["version"]):
        raise StaleVersion(version=line["version"])
    LINE.after(LineState(line["state"]), "request_withdrawal")
    await outcomes.request_withdrawal(work.connection, line_id, work.now, work.actor.account)
    return [
        WithdrawalRequested(
            batch_no=batch_no,
            line_id=line_id,
            union_id=line["union_id"],
            unit_id=line["unit_id"],
            requested_at=work.now,
            requested_by=work.actor.account,
        )
    ]
