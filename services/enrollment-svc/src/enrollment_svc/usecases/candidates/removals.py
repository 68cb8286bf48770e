"""Grant or refuse the request to remove members of a unit (A57).

The unit is locked, as in a submission, so that nobody is submitted while the removal is decided.
"""

from chassis.database import UnitOfWork
from contracts.enrollments import RefusedRemoval, RemovalDecided
from contracts.members import RemovalRequested
from enrollment_svc.domain.candidates.removals import refusal
from enrollment_svc.store.candidates import candidates, removals


async def apply_removal_requested(event: RemovalRequested, work: UnitOfWork) -> RemovalDecided:
    """Decide about each member. A member whose removal is granted leaves lists and counts in this transaction."""
    await candidates.lock_units(work.connection, [event.unit_id])
    live = await removals.live_lines(work.connection, event.member_ids)
    refused = [
        RefusedRemoval(member_id=member_id, code=code)
        for member_id in event.member_ids
        if (code := refusal(live.get(member_id, ())))
    ]
    refused_ids = {refusal_of.member_id for refusal_of in refused}
    granted = [member_id for member_id in event.member_ids if member_id not in refused_ids]
    await candidates.remove(work.connection, granted, work.now)
    return RemovalDecided(
        removal_id=event.removal_id,
        union_id=event.union_id,
        unit_id=event.unit_id,
        part=event.part,
        granted=granted,
        refused=refused,
        decided_at=work.now,
    )
