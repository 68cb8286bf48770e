"""Adds, changes and removes units of one union, all or none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import NotFound, StaleVersion
from chassis.web import reaches_city, require_reach
from contracts.unions import Unit, part_of
from member_svc.domain.refusals import (
    NoUnitChanges,
    UnionTwice,
    UnitHasMembers,
    UnitListedAlready,
    UnitOfOtherUnion,
    UnitUnknown,
)
from member_svc.store import members, unions, units
from member_svc.usecases.union_events import PublishedUnions, publish


@dataclass(frozen=True, slots=True)
class UnitChanges:
    """`change`: existing units with their new names and codes. `remove`: the ids of units to remove."""

    add: Sequence[Unit]
    change: Sequence[Unit]
    remove: Sequence[UUID]

    @property
    def unit_ids(self) -> list[UUID]:
        """The ids of all units in the request."""
        return [*(unit.unit_id for unit in (*self.add, *self.change)), *self.remove]


async def change_units(
    union_id: UUID, changes: UnitChanges, work: UnitOfWork, *, version: int | None = None
) -> PublishedUnions:
    """Change a union's units. `version` is the union's version that the caller read last.

    Raises NoUnitChanges, UnionTwice, Forbidden, NotFound, StaleVersion, UnitListedAlready, UnitOfOtherUnion,
    UnitUnknown, UnitHasMembers, TooManyUnits.
    """
    unit_ids = changes.unit_ids
    if not unit_ids:
        raise NoUnitChanges
    if len(unit_ids) != len(set(unit_ids)):
        raise UnionTwice
    await unions.lock_tree(work.connection)
    await _require_union(union_id, version, work)
    _require_units(union_id, changes, await units.lock(work.connection, unit_ids))
    if busy := await members.units_with_members(work.connection, changes.remove):
        raise UnitHasMembers(units=len(busy), unit_ids=_named(busy))
    await units.drop(work.connection, changes.remove)
    await units.change(work.connection, changes.change)
    await units.add(work.connection, union_id, changes.add)
    await unions.touch(work.connection, [union_id], work.now)
    return await publish([union_id], {union_id: {part_of(unit_id) for unit_id in unit_ids}}, work)


async def _require_union(union_id: UUID, version: int | None, work: UnitOfWork) -> None:
    assert work.actor is not None
    if not await reaches_city(work.connection, work.actor):
        await require_reach(work.connection, work.actor, union_id)
    known = await unions.versions(work.connection, [union_id])
    if union_id not in known:
        raise NotFound
    if version not in (None, known[union_id]):
        raise StaleVersion


def _require_units(union_id: UUID, changes: UnitChanges, known: Mapping[UUID, UUID]) -> None:
    """Check that each new unit is in no union yet, and that each unit to change or remove is in this union."""
    added = [unit.unit_id for unit in changes.add]
    if here := [unit_id for unit_id in added if known.get(unit_id) == union_id]:
        raise UnitListedAlready(unit_ids=_named(here))
    if elsewhere := [unit_id for unit_id in added if unit_id in known]:
        raise UnitOfOtherUnion(unit_ids=_named(elsewhere))
    existing = [*(unit.unit_id for unit in changes.change), *changes.remove]
    if unknown := [unit_id for unit_id in existing if known.get(unit_id) != union_id]:
        raise UnitUnknown(unit_ids=_named(unknown))


def _named(unit_ids: Collection[UUID]) -> list[str]:
    return sorted(map(str, unit_ids))
