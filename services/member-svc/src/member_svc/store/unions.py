"""Statements about unions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.normalization import text_key
from chassis.sql import Connection, contains
from chassis.web import Order, PageRequest
from contracts.unions import Unit
from contracts.words import UnionType

#: Whoever changes the tree takes this, so that paths are computed from a tree that stands still.
TREE_LOCK = 4_830_020_740
UNION_TYPES = {kind.value: kind for kind in UnionType}


@dataclass(slots=True, kw_only=True)
class UnionFacts:
    """What a union is."""

    union_id: UUID
    name: str
    union_type: UnionType
    parent_id: UUID | None
    active: bool
    has_reviewer: bool


@dataclass(slots=True, kw_only=True)
class UnionDraft(UnionFacts):
    """A union as it is to be; the path follows from the tree. `units` None = those that it has."""

    units: list[Unit] | None


@dataclass(slots=True, kw_only=True)
class UnionEntry(UnionFacts):
    """A union as it is kept; its units stand apart. `units_version` is that of what was told of them last."""

    path: list[UUID]
    version: int
    changed_at: datetime
    units_version: int
    units_in_parts: bool


async def lock_tree(connection: Connection) -> None:
    """One writer of the tree at a time, until the end of the transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", TREE_LOCK)


async def versions(connection: Connection, union_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Versions of those of these unions that exist."""
    rows = await connection.fetch("SELECT union_id, version FROM unions WHERE union_id = ANY($1)", list(union_ids))
    return {row["union_id"]: row["version"] for row in rows}


async def upsert(connection: Connection, drafts: Sequence[UnionDraft], now: datetime) -> None:
    """Write the unions themselves; a new one's path is provisional."""
    await connection.execute(
        """INSERT INTO unions AS u (union_id, name, union_type, parent_id, path, active, has_reviewer, version,
                                    changed_at, name_key)
           SELECT i, n, t, p, ARRAY[i], a, r, 1, $7, k
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bool[], $6::bool[], $8::text[])
                AS d (i, n, t, p, a, r, k) ORDER BY i
           ON CONFLICT (union_id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
               union_type = excluded.union_type,
               parent_id = excluded.parent_id, active = excluded.active, has_reviewer = excluded.has_reviewer,
               version = u.version + 1, changed_at = excluded.changed_at""",
        [d.union_id for d in drafts],
        [d.name for d in drafts],
        [d.union_type.value for d in drafts],
        [d.parent_id for d in drafts],
        [d.active for d in drafts],
        [d.has_reviewer for d in drafts],
        now,
        [text_key(d.name) for d in drafts],
    )


async def touch(connection: Connection, union_ids: Sequence[UUID], now: datetime) -> None:
    """Their units changed: whoever has seen an earlier version must look again."""
    await connection.execute(
        "UPDATE unions SET version = version + 1, changed_at = $2 WHERE union_id = ANY($1)", list(union_ids), now
    )


async def count_known(connection: Connection, union_ids: Sequence[UUID]) -> int:
    """How many of these unions exist."""
    return int(
        await connection.fetchval("SELECT count(*) FROM unions WHERE union_id = ANY($1::uuid[])", list(union_ids))
    )


async def set_paths(connection: Connection, union_ids: Sequence[UUID]) -> int:
    """Compute the paths of these unions upward; returns how many reach a root (the others stand in a cycle)."""
    return int(
        await connection.fetchval(
            """WITH RECURSIVE up AS (
                   SELECT union_id AS start, parent_id, ARRAY[union_id] AS path
                   FROM unions WHERE union_id = ANY($1::uuid[])
                   UNION ALL
                   SELECT up.start, u.parent_id, u.union_id || up.path
                   FROM up JOIN unions AS u ON u.union_id = up.parent_id WHERE u.union_id <> ALL (up.path)
               ), written AS (
                   UPDATE unions AS u SET path = up.path FROM up
                   WHERE up.parent_id IS NULL AND u.union_id = up.start RETURNING 1
               ) SELECT count(*) FROM written""",
            list(union_ids),
        )
    )


async def move_descendants(connection: Connection, union_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Give everything below these unions its path anew; returns the ids whose path changed."""
    rows = await connection.fetch(
        """WITH RECURSIVE down AS (
               SELECT union_id, path FROM unions WHERE union_id = ANY($1::uuid[])
               UNION
               SELECT u.union_id, down.path || u.union_id FROM down JOIN unions AS u ON u.parent_id = down.union_id
           )
           UPDATE unions AS u SET path = down.path, version = u.version + 1, changed_at = $2
           FROM down WHERE u.union_id = down.union_id AND u.path <> down.path RETURNING u.union_id""",
        list(union_ids),
        now,
    )
    return [row["union_id"] for row in rows]


ENTRY = """
    SELECT union_id, name, union_type, parent_id, active, has_reviewer, path, version, changed_at, units_version,
           units_in_parts
    FROM unions AS u"""


async def entries(connection: Connection, union_ids: Sequence[UUID]) -> list[UnionEntry]:
    """These unions, superiors first."""
    rows = await connection.fetch(
        f"{ENTRY} WHERE u.union_id = ANY($1::uuid[]) ORDER BY cardinality(u.path), u.union_id", list(union_ids)
    )
    return [_entry(row) for row in rows]


async def entry(connection: Connection, union_id: UUID) -> UnionEntry | None:
    """One union."""
    found = await entries(connection, [union_id])
    return found[0] if found else None


@dataclass(slots=True)
class UnionFilter:
    """None = not asked for; `scope_id` None = the whole city."""

    scope_id: UUID | None
    parent_id: UUID | None = None
    union_type: str | None = None
    name: str | None = None
    active: bool | None = None


#: Superiors first, unless asked otherwise.
ORDER = Order(
    {"depth": "cardinality(u.path)", "name": "u.name", "union_type": "u.union_type", "updated_at": "u.changed_at"},
    default="depth,name",
    tie="u.union_id",
)
FILTER = """
    WHERE ($1::uuid IS NULL OR u.path @> ARRAY[$1::uuid]) AND ($2::uuid IS NULL OR u.parent_id = $2)
      AND ($3::text IS NULL OR u.union_type = $3) AND ($4::text IS NULL OR u.name_key LIKE $4)
      AND ($5::bool IS NULL OR u.active = $5)"""


async def count(connection: Connection, wanted: UnionFilter) -> int:
    """How many unions fit."""
    sql = f"SELECT count(*) FROM unions AS u {FILTER}"  # noqa: S608 - a constant
    return int(await connection.fetchval(sql, *_arguments(wanted)))


async def page(connection: Connection, wanted: UnionFilter, page: PageRequest) -> list[UnionEntry]:
    """Unions that fit, in the order asked for."""
    sql = f"{ENTRY} {FILTER} ORDER BY {ORDER.by(page)} LIMIT $6 OFFSET $7"
    rows = await connection.fetch(sql, *_arguments(wanted), page.limit, page.offset)
    return [_entry(row) for row in rows]


def _arguments(wanted: UnionFilter) -> list[Any]:
    return [wanted.scope_id, wanted.parent_id, wanted.union_type, contains(text_key(wanted.name or "")), wanted.active]


def _entry(row: Record) -> UnionEntry:
    return UnionEntry(**dict(row) | {"union_type": UNION_TYPES[row["union_type"]]})
