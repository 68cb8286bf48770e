"""Copies of the units of unions. A short list is in `UnionChanged`; a long list comes in parts, each in one
`UnitsListed` (ADR 0014).

The events of one union differ in topic or key, so they can arrive in any order. A short list replaces all units of the
union. A `UnitsListed` replaces only the units of its part. Neither event replaces units that come from a newer event.
Until a part has arrived, the old units of this part stay.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.messaging import sources
from chassis.messaging.records import Record, subjects_of
from chassis.messaging.subscriptions import Subscriptions
from chassis.sql import Connection
from contracts.topics import UNION_UNITS as PARTS
from contracts.topics import UNIONS as ENTRIES
from contracts.unions import UnionChanged as Entry
from contracts.unions import Unit, UnitsListed, part_of

#: The event that contains one part of a union's units.
PART: Final = UnitsListed
#: SQL that fills `tree_units` from the copies of `UnionChanged`. An older release kept the units only in those copies.
FILL: Final = f"""
    DO $fill$ BEGIN
    IF to_regclass('reference_entries') IS NOT NULL THEN
        WITH listed AS (
            SELECT (e.body->>'union_id')::uuid AS node_id, u.unit FROM reference_entries AS e
            CROSS JOIN LATERAL jsonb_array_elements(e.body->'units') AS u (unit) WHERE e.topic = '{ENTRIES.name}')
        INSERT INTO tree_units (node_id, unit_id, part, name, organization_code, credit_code)
        SELECT node_id, (unit->>'unit_id')::uuid,
               mod(get_byte(sha256(convert_to(unit->>'unit_id', 'UTF8')), 0), 64),
               unit->>'name', unit->>'organization_code', unit->>'credit_code'
        FROM listed ON CONFLICT DO NOTHING;
    END IF;
    END $fill$"""  # noqa: S608 - a constant


def subscribe(on: Subscriptions) -> None:
    """Keep the units of every union current."""
    on(Entry)(_store_list)
    on(UnitsListed)(_store_part)
    on.locks(_lock_all)


async def ids(connection: Connection, node_id: UUID) -> list[UUID]:
    """The ids of all units of a union."""
    rows = await connection.fetch("SELECT unit_id FROM tree_units WHERE node_id = $1 ORDER BY unit_id", node_id)
    return [row["unit_id"] for row in rows]


async def named(connection: Connection, node_id: UUID, unit_ids: Collection[UUID]) -> dict[UUID, Unit]:
    """The units of the union whose ids are in `unit_ids`, by id."""
    rows = await connection.fetch(
        """SELECT unit_id, name, organization_code, credit_code FROM tree_units
           WHERE node_id = $1 AND unit_id = ANY($2::uuid[])""",
        node_id,
        list(unit_ids),
    )
    return {row["unit_id"]: Unit(**row) for row in rows}


async def _store_list(event: Entry, work: UnitOfWork) -> None:
    """Replace the union's units by those in the event, unless a newer short list has replaced them. Parts that a newer
    `UnitsListed` has replaced stay as they are.
    """
    if event.units_in_parts:
        return
    await _lock(work.connection, [event.union_id])
    await work.connection.execute(
        """WITH claimed AS (
               UPDATE tree_unit_parts SET version = $2 WHERE node_id = $1 AND part = -1 AND version <= $2 RETURNING 1
           ), newer AS (
               SELECT part FROM tree_unit_parts WHERE node_id = $1 AND part >= 0 AND version > $2
           ), deleted AS (
               DELETE FROM tree_units WHERE node_id = $1 AND unit_id <> ALL ($3::uuid[])
                      AND part NOT IN (SELECT part FROM newer) AND EXISTS (SELECT FROM claimed))
           INSERT INTO tree_units AS u (node_id, unit_id, part, name, organization_code, credit_code)
           SELECT $1, t.* FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[]) AS t (i, part)
           WHERE part NOT IN (SELECT part FROM newer) AND EXISTS (SELECT FROM claimed)
           ON CONFLICT (node_id, unit_id) DO UPDATE SET name = excluded.name,
               organization_code = excluded.organization_code, credit_code = excluded.credit_code""",
        event.union_id,
        event.units_version,
        *_columns(event.units),
    )


async def _store_part(event: UnitsListed, work: UnitOfWork) -> None:
    """Replace the units of one part, unless a newer event has replaced them."""
    await _lock(work.connection, [event.union_id])
    await work.connection.execute(
        """WITH claimed AS (
               INSERT INTO tree_unit_parts AS p (node_id, part, version) SELECT $1::uuid, $8::int, $2::bigint
               WHERE NOT EXISTS (
                   SELECT FROM tree_unit_parts WHERE node_id = $1 AND part = -1 AND version >= $2)
               ON CONFLICT (node_id, part) DO UPDATE SET version = $2 WHERE p.version <= $2 RETURNING 1
           ), deleted AS (
               DELETE FROM tree_units WHERE node_id = $1 AND part = $8 AND unit_id <> ALL ($3::uuid[])
                      AND EXISTS (SELECT FROM claimed))
           INSERT INTO tree_units AS u (node_id, unit_id, part, name, organization_code, credit_code)
           SELECT $1, * FROM unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[])
           WHERE EXISTS (SELECT FROM claimed)
           ON CONFLICT (node_id, unit_id) DO UPDATE SET name = excluded.name,
               organization_code = excluded.organization_code, credit_code = excluded.credit_code""",
        event.union_id,
        event.version,
        *_columns(event.units),
        event.part.index,
    )


async def _lock_all(records: Sequence[Record], connection: Connection) -> None:
    """Lock the unions of a whole poll, in sorted order.

    Two replicas can get events of the same unions at the same time. The replicas do not deadlock, because both lock in
    sorted order.
    """
    owned = [record for record in records if sources.foreign_reason(record) is None]
    if node_ids := {*subjects_of(owned, ENTRIES), *subjects_of(owned, PARTS)}:
        await _lock(connection, node_ids)


async def _lock(connection: Connection, node_ids: Collection[UUID]) -> None:
    """Lock the unions until the transaction ends, so that no other transaction changes their versions meanwhile.

    The row with part -1 is the lock. The `version` in this row is the version of the union's last short list.
    """
    await connection.execute(
        """INSERT INTO tree_unit_parts AS p (node_id, part, version)
           SELECT i, -1, -1 FROM unnest($1::uuid[]) AS i ORDER BY i
           ON CONFLICT (node_id, part) DO UPDATE SET version = p.version""",
        sorted(node_ids),
    )


def _columns(units: Sequence[Unit]) -> tuple[list[Any], ...]:
    return (
        [unit.unit_id for unit in units],
        [part_of(unit.unit_id) for unit in units],
        [unit.name for unit in units],
        [unit.organization_code for unit in units],
        [unit.credit_code for unit in units],
    )
