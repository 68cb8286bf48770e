"""Locks the members that a command names, checks that the caller may change them, and publishes them (D02)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from contracts.event import Event
from contracts.fields import Part
from contracts.parts import into_parts
from member_svc.domain.people import MemberRecord, size_of
from member_svc.domain.refusals import NothingChosen, RemovalPending
from member_svc.events import PartOfUnit, PublishedMember, members_changed
from member_svc.store import members
from member_svc.usecases.reach import require_reach


async def reachable_members(member_ids: Sequence[UUID], work: UnitOfWork) -> list[MemberRecord]:
    """Lock and return these members.

    Raises NothingChosen without ids, Forbidden if a member is unknown or out of reach, and UnsupportedUnionType.
    """
    assert work.actor is not None
    requested = set(member_ids)
    if not requested:
        raise NothingChosen
    records = await members.lock_members(work.connection, list(requested))
    if len(records) != len(requested):
        raise Forbidden
    for union_id in sorted({record.union_id for record in records}):
        await require_reach(work.connection, work.actor, union_id)
    return records


async def listed_members(member_ids: Sequence[UUID], work: UnitOfWork) -> list[MemberRecord]:
    """Like `reachable_members`, but also refuses removed members, and members whose removal is not decided yet.

    Raises Forbidden for a removed member, RemovalPending for a member with an undecided removal.
    """
    records = await reachable_members(member_ids, work)
    if any(record.removed_at is not None for record in records):
        raise Forbidden
    if waiting := [str(record.member_id) for record in records if not record.listed]:
        raise RemovalPending(member_ids=waiting)
    return records


def events_per_unit(
    records: Iterable[MemberRecord], event_of: Callable[[PartOfUnit, Sequence[MemberRecord]], Event]
) -> list[Event]:
    """The events for these members, one for each part of a unit's members. `event_of` builds one event."""
    events = []
    ordered = sorted(records, key=lambda record: (record.unit_id, record.member_no))
    for (union_id, unit_id), unit_records in groupby(ordered, key=lambda record: (record.union_id, record.unit_id)):
        parts = into_parts(unit_records, size_of)
        for index, part in enumerate(parts):
            events.append(event_of(PartOfUnit(union_id, unit_id, Part(index=index, count=len(parts))), part))
    return events


def members_changed_event(work: UnitOfWork, place: PartOfUnit, records: Sequence[MemberRecord]) -> Event:
    """The event MembersChanged with all fields of these members, also the unchanged ones."""
    unseal = work.row_cipher.unseal_bytes
    published = [PublishedMember(record, unseal(record.sealed, record.member_id)) for record in records]
    return members_changed(work, work.cause_id, place, published)
