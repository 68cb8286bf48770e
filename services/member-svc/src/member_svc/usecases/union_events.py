"""The events about unions: UnionChanged, and UnitsListed if the union has too many units for one event (ADR 0014)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.messaging import references
from contracts.event import Event
from contracts.fields import Part
from contracts.unions import UNIT_PARTS, UnionChanged, Unit, UnitsListed, part_of
from member_svc.domain.refusals import MOST_UNITS, TooManyUnits
from member_svc.store import unions, units
from member_svc.store.unions import UnionEntry

ALL_PARTS = frozenset(range(UNIT_PARTS))


@dataclass(frozen=True, slots=True)
class PublishedUnions:
    """The unions after the change, superiors first, and their events.

    `unit_counts`: the number of units, for each union whose list of units has a new version.
    """

    entries: list[UnionEntry]
    events: list[Event]
    unit_counts: dict[UUID, int]


async def publish(
    union_ids: Sequence[UUID], changed: Mapping[UUID, Collection[int]], work: UnitOfWork
) -> PublishedUnions:
    """Publish these unions. Raises TooManyUnits.

    `changed` has an entry for each union whose units changed. The entry holds the indexes of the parts with a changed
    unit: a list that is too long for one event is divided into a fixed number of parts, one for each `UnitsListed`.
    Only the parts in the entry are published. If the list has just become too long for one event, all parts are
    published. If the list was never too long for one event, the indexes are not used.
    """
    numbered = await units.number_lists(work.connection, union_ids, changed)
    if too_many := [str(union_id) for union_id, one in numbered.items() if one.units > MOST_UNITS]:
        raise TooManyUnits(union_ids=too_many, most=MOST_UNITS)
    every_part = {union_id: ALL_PARTS for union_id, one in numbered.items() if one.newly_in_parts}
    entries = await unions.entries(work.connection, union_ids)
    union_events = await _union_events(entries, work)
    await references.put_many(work.connection, union_events)
    in_parts = [entry for entry in entries if entry.units_in_parts and entry.union_id in numbered]
    events = [*union_events, *await _units_listed(in_parts, {**changed, **every_part}, work)]
    return PublishedUnions(entries, events, {union_id: one.units for union_id, one in numbered.items()})


async def _union_events(entries: Sequence[UnionEntry], work: UnitOfWork) -> list[UnionChanged]:
    in_one_event = [entry.union_id for entry in entries if not entry.units_in_parts]
    listed = await units.of_unions(work.connection, in_one_event)
    return [_union_changed(entry, listed.get(entry.union_id, [])) for entry in entries]


def _union_changed(entry: UnionEntry, listed: list[Unit]) -> UnionChanged:
    return UnionChanged(
        union_id=entry.union_id,
        name=entry.name,
        union_type=entry.union_type,
        parent_id=entry.parent_id,
        path=entry.path,
        units=listed,
        active=entry.active,
        has_reviewer=entry.has_reviewer,
        changed_at=entry.changed_at,
        units_in_parts=entry.units_in_parts,
        units_version=entry.units_version,
    )


async def _units_listed(
    entries: Sequence[UnionEntry], part_indexes: Mapping[UUID, Collection[int]], work: UnitOfWork
) -> list[UnitsListed]:
    listed = await units.of_unions(work.connection, [entry.union_id for entry in entries])
    return [
        UnitsListed(
            union_id=entry.union_id,
            version=entry.units_version,
            part=Part(index=index, count=UNIT_PARTS),
            units=parts[index],
            changed_at=entry.changed_at,
        )
        for entry in entries
        for parts in [_by_part(listed.get(entry.union_id, []))]
        for index in sorted(part_indexes[entry.union_id])
    ]


def _by_part(listed: Sequence[Unit]) -> list[list[Unit]]:
    parts: list[list[Unit]] = [[] for _ in range(UNIT_PARTS)]
    for unit in listed:
        parts[part_of(unit.unit_id)].append(unit)
    return parts
