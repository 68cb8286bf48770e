"""Statements about the units of unions. Whoever changes units holds the lock of the tree."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection
from chassis.web import Order, PageRequest
from contracts.unions import MOST_UNITS_INLINE, Unit

#: As the union lists them, unless asked otherwise.
ORDER = Order(
    {one: one for one in ("position", "name", "organization_code", "credit_code")}, default="position", tie="unit_id"
)
_UNIT = "unit_id, name, organization_code, credit_code"
#: Units that are to be: those of each union in their order.
Lists = Mapping[UUID, Sequence[Unit]]


async def of_unions(connection: Connection, union_ids: Sequence[UUID]) -> dict[UUID, list[Unit]]:
    """Units of these unions in their order; a union without any is missing."""
    rows = await connection.fetch(
        f"""SELECT union_id, {_UNIT} FROM units WHERE union_id = ANY($1::uuid[])
            ORDER BY union_id, position, unit_id""",  # noqa: S608 - a constant
        list(union_ids),
    )
    return {union_id: [_unit(row) for row in listed] for union_id, listed in groupby(rows, lambda row: row["union_id"])}


async def of_union(connection: Connection, union_id: UUID) -> list[Unit]:
    """Units of one union in their order."""
    return (await of_unions(connection, [union_id])).get(union_id, [])


async def page(connection: Connection, union_id: UUID, page: PageRequest) -> list[Unit]:
    """Some of a union's units, in the order asked for."""
    return await _slice(connection, union_id, ORDER.by(page), page.limit, page.offset)


async def chapter(connection: Connection, union_id: UUID, number: int, size: int) -> list[Unit]:
    """The `number`-th `size` units of a union, counted from 1, in its own order."""
    return await _slice(connection, union_id, "position, unit_id", size, (number - 1) * size)


async def _slice(connection: Connection, union_id: UUID, order: str, limit: int, offset: int) -> list[Unit]:
    rows = await connection.fetch(
        f"SELECT {_UNIT} FROM units WHERE union_id = $1 ORDER BY {order} LIMIT $2 OFFSET $3",  # noqa: S608
        union_id,
        limit,
        offset,
    )
    return [_unit(row) for row in rows]


async def counts(connection: Connection, union_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many units these unions have; a union without any is missing."""
    rows = await connection.fetch(
        "SELECT union_id, count(*) AS units FROM units WHERE union_id = ANY($1::uuid[]) GROUP BY 1", list(union_ids)
    )
    return {row["union_id"]: row["units"] for row in rows}


async def name_of(connection: Connection, unit_id: UUID) -> str | None:
    """What a unit is called; None where there is no such unit."""
    name: str | None = await connection.fetchval("SELECT name FROM units WHERE unit_id = $1", unit_id)
    return name


async def first_two(connection: Connection, union_id: UUID) -> list[UUID]:
    """At most two units of a union: whether there is one, and whether it is the only one."""
    rows = await connection.fetch(
        "SELECT unit_id FROM units WHERE union_id = $1 ORDER BY position, unit_id LIMIT 2", union_id
    )
    return [row["unit_id"] for row in rows]


async def is_of(connection: Connection, union_id: UUID, unit_id: UUID) -> bool:
    """Whether the unit is the union's."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM units WHERE unit_id = $2 AND union_id = $1)", union_id, unit_id
        )
    )


async def share(connection: Connection, union_id: UUID, unit_ids: Collection[UUID]) -> int:
    """Hold these units where they are until the end of the transaction; returns how many are the union's (A56)."""
    rows = await connection.fetch(
        "SELECT 1 FROM units WHERE union_id = $1 AND unit_id = ANY($2::uuid[]) ORDER BY unit_id FOR SHARE",
        union_id,
        list(unit_ids),
    )
    return len(rows)


async def lock(connection: Connection, unit_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The unions of those of these units that exist, locked in the order of their ids."""
    rows = await connection.fetch(
        "SELECT unit_id, union_id FROM units WHERE unit_id = ANY($1::uuid[]) ORDER BY unit_id FOR UPDATE",
        list(unit_ids),
    )
    return {row["unit_id"]: row["union_id"] for row in rows}


async def upsert(connection: Connection, lists: Lists) -> int:
    """Write these lists in their order; returns how many units were written (a unit of another union is not)."""
    listed = [(unit, union_id, place) for union_id, units in lists.items() for place, unit in enumerate(units)]
    rows = await connection.fetch(
        """INSERT INTO units AS u (unit_id, union_id, position, name, organization_code, credit_code)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[]) AS t (i)
           ORDER BY i
           ON CONFLICT (unit_id) DO UPDATE SET position = excluded.position, name = excluded.name,
               organization_code = excluded.organization_code, credit_code = excluded.credit_code
           WHERE u.union_id = excluded.union_id RETURNING 1""",
        [unit.unit_id for unit, _, _ in listed],
        [union_id for _, union_id, _ in listed],
        [place for _, _, place in listed],
        *_texts([unit for unit, _, _ in listed]),
    )
    return len(rows)


async def add(connection: Connection, union_id: UUID, units: Sequence[Unit]) -> None:
    """Put new units behind those that the union has."""
    await connection.execute(
        """INSERT INTO units (unit_id, union_id, position, name, organization_code, credit_code)
           SELECT i, $1, place + (SELECT coalesce(max(position), -1) FROM units WHERE union_id = $1), n, o, c
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS t (i, n, o, c, place)
           ORDER BY i""",
        union_id,
        [unit.unit_id for unit in units],
        *_texts(units),
    )


async def change(connection: Connection, units: Sequence[Unit]) -> None:
    """Give units their names and codes; they stand locked."""
    await connection.execute(
        """UPDATE units AS u SET name = t.n, organization_code = t.o, credit_code = t.c
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS t (i, n, o, c) WHERE u.unit_id = t.i""",
        [unit.unit_id for unit in units],
        *_texts(units),
    )


async def unlisted(connection: Connection, lists: Lists) -> list[UUID]:
    """Units that these unions have and do not list any more."""
    rows = await connection.fetch(
        "SELECT unit_id FROM units WHERE union_id = ANY($1::uuid[]) AND unit_id <> ALL ($2::uuid[])",
        list(lists),
        [unit.unit_id for units in lists.values() for unit in units],
    )
    return [row["unit_id"] for row in rows]


async def drop(connection: Connection, unit_ids: Collection[UUID]) -> None:
    """Take units away; they stand locked."""
    await connection.execute("DELETE FROM units WHERE unit_id = ANY($1::uuid[])", list(unit_ids))


@dataclass(frozen=True, slots=True)
class ListVersion:
    """How many units a union has, and the version under which they are told. `goes_over`: in parts from now on."""

    units: int
    version: int
    goes_over: bool


async def number_lists(
    connection: Connection, union_ids: Sequence[UUID], changed: Collection[UUID]
) -> dict[UUID, ListVersion]:
    """Give those of these unions whose units changed, or have become too many for one event, a version above the last.

    It counts microseconds, so that it also grows where the database was lost and a backup remembers older versions.
    """
    rows = await connection.fetch(
        """WITH now AS (
               SELECT u.union_id, u.units_in_parts, (SELECT count(*) FROM units AS e WHERE e.union_id = u.union_id) AS n
               FROM unions AS u WHERE u.union_id = ANY($1::uuid[]))
           UPDATE unions AS u
           SET units_in_parts = now.units_in_parts OR now.n > $3,
               units_version = greatest(u.units_version + 1, extract(epoch FROM clock_timestamp()) * 1000000)
           FROM now WHERE now.union_id = u.union_id
                      AND (u.union_id = ANY($2::uuid[]) OR NOT now.units_in_parts AND now.n > $3)
           RETURNING u.union_id, now.n, u.units_version, NOT now.units_in_parts AND u.units_in_parts AS goes_over""",
        list(union_ids),
        list(changed),
        MOST_UNITS_INLINE,
    )
    return {row["union_id"]: ListVersion(row["n"], row["units_version"], row["goes_over"]) for row in rows}


def _texts(units: Sequence[Unit]) -> tuple[list[str], list[str | None], list[str | None]]:
    names = [unit.name for unit in units]
    return names, [unit.organization_code for unit in units], [unit.credit_code for unit in units]


def _unit(row: Record) -> Unit:
    return Unit.model_construct(
        unit_id=row["unit_id"],
        name=row["name"],
        organization_code=row["organization_code"],
        credit_code=row["credit_code"],
    )
