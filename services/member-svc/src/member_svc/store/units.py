"""Statements about the units of unions. A caller that changes units must hold the lock of `unions.lock_tree`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of, set_of
from chassis.web import Order, PageRequest
from contracts.unions import MOST_UNITS_INLINE, Unit
from member_svc.tables import UnitRow

#: The default order is the order of the union's list of units.
ORDER = Order(
    {one: one for one in ("position", "name", "organization_code", "credit_code")}, default="position", tie="unit_id"
)
#: For each union, the new list of its units, in the order of the list.
Lists = Mapping[UUID, Sequence[Unit]]
UNIT = columns_of(UnitRow, *Unit.model_fields)
#: The columns of the tuples that `_listed` makes: the union, the unit's index in the list, and the unit.
LISTED = columns_of(UnitRow, "union_id", "position", *Unit.model_fields)

OF_UNIONS = Statement(
    """SELECT union_id, {unit} FROM units WHERE union_id = ANY(:union_ids::uuid[])
       ORDER BY union_id, position, unit_id""",
    unit=UNIT,
)
PAGE = Statement(
    "SELECT {unit} FROM units WHERE union_id = :union_id ORDER BY {order} LIMIT :limit OFFSET :offset",
    unit=UNIT,
    order=ORDER,
)
PAGE_BY_POSITION = Statement(
    "SELECT {unit} FROM units WHERE union_id = :union_id ORDER BY position, unit_id LIMIT :limit OFFSET :offset",
    unit=UNIT,
)
COUNTS = Statement("SELECT union_id, count(*) AS units FROM units WHERE union_id = ANY(:union_ids::uuid[]) GROUP BY 1")
NAME = Statement("SELECT name FROM units WHERE unit_id = :unit_id")
FIRST_TWO = Statement("SELECT unit_id FROM units WHERE union_id = :union_id ORDER BY position, unit_id LIMIT 2")
BELONGS_TO = Statement("SELECT EXISTS (SELECT FROM units WHERE unit_id = :unit_id AND union_id = :union_id)")
LOCK_AGAINST_MOVES = Statement(
    "SELECT 1 FROM units WHERE union_id = :union_id AND unit_id = ANY(:unit_ids::uuid[]) ORDER BY unit_id FOR SHARE"
)
LOCK = Statement(
    "SELECT unit_id, union_id FROM units WHERE unit_id = ANY(:unit_ids::uuid[]) ORDER BY unit_id FOR UPDATE"
)
UPSERT = Statement(
    """INSERT INTO units AS u ({listed}) SELECT {listed} FROM {rows} AS n ORDER BY unit_id
       ON CONFLICT (unit_id) DO UPDATE SET {changes} WHERE u.union_id = excluded.union_id RETURNING 1""",
    listed=LISTED,
    rows=rows_of(LISTED),
    changes=set_of(LISTED.without("unit_id", "union_id"), "excluded"),
)
ADD = Statement(
    """INSERT INTO units (union_id, position, {unit})
       SELECT union_id, position + (SELECT coalesce(max(u.position), -1) FROM units AS u WHERE u.union_id = :union_id),
              {unit}
       FROM {rows} AS n ORDER BY unit_id""",
    unit=UNIT,
    rows=rows_of(LISTED),
)
CHANGE = Statement(
    "UPDATE units AS u SET {changes} FROM {units} AS n WHERE u.unit_id = n.unit_id",
    changes=set_of(UNIT.without("unit_id"), "n"),
    units=rows_of(UNIT),
)
UNLISTED = Statement(
    "SELECT unit_id FROM units WHERE union_id = ANY(:union_ids::uuid[]) AND unit_id <> ALL (:unit_ids::uuid[])"
)
DROP = Statement("DELETE FROM units WHERE unit_id = ANY(:unit_ids::uuid[])")
NUMBER_LISTS = Statement(
    """WITH now AS (
           SELECT u.union_id, u.units_in_parts, (SELECT count(*) FROM units AS e WHERE e.union_id = u.union_id) AS n
           FROM unions AS u WHERE u.union_id = ANY(:union_ids::uuid[]))
       UPDATE unions AS u
       SET units_in_parts = now.units_in_parts OR now.n > :most_inline,
           units_version = greatest(u.units_version + 1, extract(epoch FROM clock_timestamp()) * 1000000)
       FROM now WHERE now.union_id = u.union_id
                  AND (u.union_id = ANY(:changed::uuid[]) OR NOT now.units_in_parts AND now.n > :most_inline)
       RETURNING u.union_id, now.n, u.units_version, NOT now.units_in_parts AND u.units_in_parts AS newly_in_parts"""
)


async def of_unions(connection: Connection, union_ids: Sequence[UUID]) -> dict[UUID, list[Unit]]:
    """The units of these unions in the order of the lists; a union without units has no entry."""
    rows = await OF_UNIONS.fetch(connection, union_ids=list(union_ids))
    return {union_id: [_unit(row) for row in listed] for union_id, listed in groupby(rows, lambda row: row["union_id"])}


async def of_union(connection: Connection, union_id: UUID) -> list[Unit]:
    """The units of one union in the order of its list."""
    return (await of_unions(connection, [union_id])).get(union_id, [])


async def page(connection: Connection, union_id: UUID, page: PageRequest) -> list[Unit]:
    """A page of a union's units in the requested order."""
    return [_unit(row) for row in await PAGE.fetch(connection, page, union_id=union_id, order=page)]


async def page_by_position(connection: Connection, union_id: UUID, number: int, size: int) -> list[Unit]:
    """The page `number`, counted from 1, of `size` units in the order of the union's list."""
    rows = await PAGE_BY_POSITION.fetch(connection, union_id=union_id, limit=size, offset=(number - 1) * size)
    return [_unit(row) for row in rows]


async def counts(connection: Connection, union_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The number of units of each of these unions; a union without units has no entry."""
    return {row["union_id"]: row["units"] for row in await COUNTS.fetch(connection, union_ids=list(union_ids))}


async def name_of(connection: Connection, unit_id: UUID) -> str | None:
    """The name of a unit; None if it does not exist."""
    name: str | None = await NAME.fetchval(connection, unit_id=unit_id)
    return name


async def first_two(connection: Connection, union_id: UUID) -> list[UUID]:
    """The ids of the first units of a union, at most two. They show whether the union has no unit, one unit or more."""
    return [row["unit_id"] for row in await FIRST_TWO.fetch(connection, union_id=union_id)]


async def belongs_to(connection: Connection, union_id: UUID, unit_id: UUID) -> bool:
    """Whether the unit belongs to the union."""
    return bool(await BELONGS_TO.fetchval(connection, union_id=union_id, unit_id=unit_id))


async def lock_against_moves(connection: Connection, union_id: UUID, unit_ids: Collection[UUID]) -> int:
    """Lock these units of the union, so that they cannot move (A56). Returns how many of them belong to the union."""
    return len(await LOCK_AGAINST_MOVES.fetch(connection, union_id=union_id, unit_ids=list(unit_ids)))


async def lock(connection: Connection, unit_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The union of each existing unit among `unit_ids`. The units are locked in the order of their ids."""
    return {row["unit_id"]: row["union_id"] for row in await LOCK.fetch(connection, unit_ids=list(unit_ids))}


async def upsert(connection: Connection, lists: Lists) -> int:
    """Write these lists of units in their order. A unit that belongs to another union is left out.

    Returns the number of units that were written.
    """
    rows = [row for union_id, units in lists.items() for row in _listed(union_id, units)]
    return len(await UPSERT.fetch(connection, rows=rows))


async def add(connection: Connection, union_id: UUID, units: Sequence[Unit]) -> None:
    """Add new units at the end of the union's list."""
    await ADD.execute(connection, rows=_listed(union_id, units, first=1), union_id=union_id)


async def change(connection: Connection, units: Sequence[Unit]) -> None:
    """Set names and codes of units that the caller has locked."""
    await CHANGE.execute(connection, units=units)


async def unlisted(connection: Connection, lists: Lists) -> list[UUID]:
    """Units of these unions that their new lists do not contain."""
    unit_ids = [unit.unit_id for units in lists.values() for unit in units]
    rows = await UNLISTED.fetch(connection, union_ids=list(lists), unit_ids=unit_ids)
    return [row["unit_id"] for row in rows]


async def drop(connection: Connection, unit_ids: Collection[UUID]) -> None:
    """Delete units that the caller has locked."""
    await DROP.execute(connection, unit_ids=list(unit_ids))


@dataclass(frozen=True, slots=True)
class ListVersion:
    """The number of a union's units, and the version of the list.

    `newly_in_parts`: True if the list has just become too long for one event. From now on it is published in parts.
    """

    units: int
    version: int
    newly_in_parts: bool


async def number_lists(
    connection: Connection, union_ids: Sequence[UUID], changed: Collection[UUID]
) -> dict[UUID, ListVersion]:
    """Give a new version to each list of units that changed, or that has just become too long for one event.

    `changed`: the unions whose list changed. A version is the current time in microseconds, or the version before + 1
    if that is higher. After a restore of an older backup, the stored version is possibly lower than the published
    version. The new version is higher than both, because it is the current time.
    """
    rows = await NUMBER_LISTS.fetch(
        connection, union_ids=list(union_ids), changed=list(changed), most_inline=MOST_UNITS_INLINE
    )
    return {row["union_id"]: ListVersion(row["n"], row["units_version"], row["newly_in_parts"]) for row in rows}


def _listed(union_id: UUID, units: Sequence[Unit], first: int = 0) -> list[tuple[object, ...]]:
    """Units with their union and their indexes, which start at `first`."""
    return [(union_id, place, *(getattr(unit, name) for name in UNIT.types)) for place, unit in enumerate(units, first)]


def _unit(row: Record) -> Unit:
    return Unit.model_construct(**{name: row[name] for name in UNIT.types})
