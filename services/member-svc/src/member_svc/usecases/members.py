"""Requests and applies removals of members (F080, A57).

enrollment-svc decides about each removal, because it knows who is under review.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import UnitOfWork
from contracts.enrollments import RemovalDecided
from contracts.event import Event
from contracts.members import MembersRemoved, RemovalRequested
from member_svc.domain.people import MemberRecord
from member_svc.domain.refusals import UnderReview
from member_svc.domain.states import MemberState
from member_svc.events import PartOfUnit
from member_svc.store import members, protections, units
from member_svc.usecases.chosen_members import events_per_unit, reachable_members
from member_svc.usecases.notices import removal_refused


@dataclass(frozen=True, slots=True)
class RequestedRemoval:
    """`states`: the state of every requested member after the command."""

    removal_id: UUID
    states: Mapping[UUID, MemberState]
    events: list[Event]


async def request_removal(member_ids: Sequence[UUID], work: UnitOfWork) -> RequestedRemoval:
    """Request the removal of all members or of none. Members removed earlier are skipped.

    Raises UnderReview if member-svc knows that a member is under review. If a member already has a pending removal, the
    new request replaces the old request, and a decision on the old request is ignored. A new request is allowed,
    because the old request is possibly never decided: an operator can have discarded it as a dead letter. Without a new
    request, the removal would then stay pending forever.
    """
    records = await reachable_members(member_ids, work)
    to_remove = [record for record in records if record.removed_at is None]
    ids = [record.member_id for record in to_remove]
    if busy := await protections.under_review(work.connection, ids):
        raise UnderReview(member_ids=[str(member_id) for member_id in busy])
    await members.request_removal(work.connection, ids, work.cause_id, work.now)
    events = events_per_unit(to_remove, lambda place, records: _requested(work, place, records))
    states = dict.fromkeys((record.member_id for record in records), MemberState.REMOVED)
    return RequestedRemoval(work.cause_id, states | dict.fromkeys(ids, MemberState.REMOVAL_PENDING), events)


async def apply_removal_decided(event: RemovalDecided, work: UnitOfWork) -> list[Event]:
    """Remove the members whose removal enrollment-svc granted. Keep the members whose removal it refused in the list.

    Only members that still wait for the decision on this request (`removal_id`) are changed. A member no longer waits
    if an import has put the member back into the list, or if a newer request has replaced this request.
    """
    refused = {one.member_id for one in event.refused}
    records = await members.lock_members(work.connection, [*event.granted, *refused])
    waiting = [record for record in records if record.removal_id == event.removal_id]
    removed = [record for record in waiting if record.member_id not in refused]
    kept = [record for record in waiting if record.member_id in refused]
    await members.remove(work.connection, [record.member_id for record in removed], work.now)
    await members.clear_removal(work.connection, [record.member_id for record in kept])
    events = events_per_unit(removed, lambda place, records: _removed(event.removal_id, work, place, records))
    return [*events, *(await _notice(event, kept, work) if kept else [])]


async def _notice(event: RemovalDecided, kept: Sequence[MemberRecord], work: UnitOfWork) -> list[Event]:
    unit_name = await units.name_of(work.connection, event.unit_id)
    return [removal_refused(event, kept[0].union_id, unit_name or "", len(kept), work.now)]


def _requested(work: UnitOfWork, place: PartOfUnit, records: Sequence[MemberRecord]) -> RemovalRequested:
    assert work.actor is not None
    return RemovalRequested(
        removal_id=work.cause_id,
        union_id=place.union_id,
        unit_id=place.unit_id,
        part=place.part,
        member_ids=[record.member_id for record in records],
        requested_at=work.now,
        requested_by=work.actor.account,
    )


def _removed(removal_id: UUID, work: UnitOfWork, place: PartOfUnit, records: Sequence[MemberRecord]) -> MembersRemoved:
    return MembersRemoved(
        removal_id=removal_id,
        union_id=place.union_id,
        unit_id=place.unit_id,
        part=place.part,
        member_ids=[record.member_id for record in records],
        removed_at=work.now,
    )
