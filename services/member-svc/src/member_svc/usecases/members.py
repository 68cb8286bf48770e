"""Members taken from the list (F080, A57)."""

from collections.abc import Sequence
from uuid import UUID

from chassis.http import Done
from chassis.work import Work
from contracts.members import MembersRemoved
from member_svc.domain import UnderReview
from member_svc.member_events import PartOfUnit
from member_svc.people import MemberRecord
from member_svc.store import members, protections
from member_svc.usecases.chosen_members import per_unit, reachable


async def remove_members(member_ids: Sequence[UUID], work: Work) -> Done:
    """All of them or none. Raises UnderReview; who was removed before is passed over."""
    records = [record for record in await reachable(member_ids, work) if record.removed_at is None]
    busy = await protections.under_review(work.connection, [record.member_id for record in records])
    if busy:
        raise UnderReview(member_ids=[str(member_id) for member_id in busy])
    await members.remove(work.connection, [record.member_id for record in records], work.now)
    events = per_unit(records, lambda place, some: _removed(work, place, some))
    return Done({"removed": len(records)}, events, detail={"people": len(records)})


def _removed(work: Work, place: PartOfUnit, records: Sequence[MemberRecord]) -> MembersRemoved:
    return MembersRemoved(
        removal_id=work.cause_id,
        union_id=place.union_id,
        unit_id=place.unit_id,
        part=place.part,
        member_ids=[record.member_id for record in records],
        removed_at=work.now,
    )
