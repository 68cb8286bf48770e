"""Statements about unions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.normalization import text_key
from chassis.sql import Connection, Statement, columns_of, contains, rows_of, set_of
from chassis.web import Order, PageRequest
from contracts.unions import Unit
from contracts.words import UnionType
from member_svc.tables import UnionRow

#: The key of the lock that every change of the tree takes, so that the tree does not change while paths are computed.
TREE_LOCK = 4_830_020_740
UNION_TYPES = {kind.value: kind for kind in UnionType}


@dataclass(slots=True, kw_only=True)
class UnionFacts:
    """The properties of a union."""

    union_id: UUID
    name: str
    union_type: UnionType
    parent_id: UUID | None
    active: bool
    has_reviewer: bool

    @property
    def name_key(self) -> str:
        return text_key(self.name)


@dataclass(slots=True, kw_only=True)
class UnionDraft(UnionFacts):
    """A union to be written. It has no path, because the path is computed from the tree. `units` None = unchanged."""

    units: list[Unit] | None


@dataclass(slots=True, kw_only=True)
class UnionEntry(UnionFacts):
    """A stored union without its units. `units_version` is the version of the last published list of units.

    `units_in_parts`: True if the list is or was too long for one event. Such a list is published in parts.
    """

    path: list[UUID]
    version: int
    changed_at: datetime
    units_version: int
    units_in_parts: bool


@dataclass(slots=True)
class UnionFilter:
    """None = no filter. `scope_id` None = the whole city."""

    scope_id: UUID | None
    parent_id: UUID | None = None
    union_type: str | None = None
    name: str | None = None
    active: bool | None = None

    @property
    def name_pattern(self) -> str | None:
        return contains(text_key(self.name or ""))


#: The default order: superiors first.
ORDER = Order(
    {"depth": "cardinality(u.path)", "name": "u.name", "union_type": "u.union_type", "updated_at": "u.changed_at"},
    default="depth,name",
    tie="u.union_id",
)
FACTS = columns_of(UnionRow, UnionFacts, "name_key")
ENTRY = columns_of(UnionRow, UnionEntry)

LOCK_TREE = Statement("SELECT pg_advisory_xact_lock(:tree)")
VERSIONS = Statement("SELECT union_id, version FROM unions WHERE union_id = ANY(:union_ids)")
UPSERT = Statement(
    """INSERT INTO unions AS u ({facts}, path, version, changed_at)
       SELECT {facts}, ARRAY[union_id], 1, :now FROM {drafts} AS d ORDER BY union_id
       ON CONFLICT (union_id) DO UPDATE SET {changes}, version = u.version + 1, changed_at = excluded.changed_at""",
    facts=FACTS,
    drafts=rows_of(FACTS),
    changes=set_of(FACTS.without("union_id"), "excluded"),
)
TOUCH = Statement("UPDATE unions SET version = version + 1, changed_at = :now WHERE union_id = ANY(:union_ids)")
COUNT_KNOWN = Statement("SELECT count(*) FROM unions WHERE union_id = ANY(:union_ids::uuid[])")
SET_PATHS = Statement(
    """WITH RECURSIVE up AS (
           SELECT union_id AS start, parent_id, ARRAY[union_id] AS path
           FROM unions WHERE union_id = ANY(:union_ids::uuid[])
           UNION ALL
           SELECT up.start, u.parent_id, u.union_id || up.path
           FROM up JOIN unions AS u ON u.union_id = up.parent_id WHERE u.union_id <> ALL (up.path)
       ), written AS (
           UPDATE unions AS u SET path = up.path FROM up
           WHERE up.parent_id IS NULL AND u.union_id = up.start RETURNING 1
       ) SELECT count(*) FROM written"""
)
MOVE_DESCENDANTS = Statement(
    """WITH RECURSIVE down AS (
           SELECT union_id, path FROM unions WHERE union_id = ANY(:union_ids::uuid[])
           UNION
           SELECT u.union_id, down.path || u.union_id FROM down JOIN unions AS u ON u.parent_id = down.union_id
       )
       UPDATE unions AS u SET path = down.path, version = u.version + 1, changed_at = :now
       FROM down WHERE u.union_id = down.union_id AND u.path <> down.path RETURNING u.union_id"""
)
ENTRIES = Statement(
    """SELECT {u.entry} FROM unions AS u WHERE u.union_id = ANY(:union_ids::uuid[])
       ORDER BY cardinality(u.path), u.union_id""",
    entry=ENTRY,
)
FILTER = """
    WHERE (:scope_id::uuid IS NULL OR u.path @> ARRAY[:scope_id::uuid])
      AND (:parent_id::uuid IS NULL OR u.parent_id = :parent_id)
      AND (:union_type::text IS NULL OR u.union_type = :union_type)
      AND (:name_pattern::text IS NULL OR u.name_key LIKE :name_pattern)
      AND (:active::bool IS NULL OR u.active = :active)"""
COUNT = Statement("SELECT count(*) FROM unions AS u {filter}", filter=FILTER)
PAGE = Statement(
    "SELECT {u.entry} FROM unions AS u {filter} ORDER BY {order} LIMIT :limit OFFSET :offset",
    entry=ENTRY,
    filter=FILTER,
    order=ORDER,
)


async def lock_tree(connection: Connection) -> None:
    """Acquire the lock for changes of the tree, until the end of the transaction."""
    await LOCK_TREE.execute(connection, tree=TREE_LOCK)


async def versions(connection: Connection, union_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The versions of the unions among `union_ids` that exist."""
    rows = await VERSIONS.fetch(connection, union_ids=list(union_ids))
    return {row["union_id"]: row["version"] for row in rows}


async def upsert(connection: Connection, drafts: Sequence[UnionDraft], now: datetime) -> None:
    """Write unions without their units. The path of a new union is provisional until `set_paths` writes it."""
    await UPSERT.execute(connection, drafts=drafts, now=now)


async def touch(connection: Connection, union_ids: Sequence[UUID], now: datetime) -> None:
    """Increase the versions of unions whose units changed, so that a command with an older version is refused."""
    await TOUCH.execute(connection, union_ids=list(union_ids), now=now)


async def count_known(connection: Connection, union_ids: Sequence[UUID]) -> int:
    """The number of these unions that exist."""
    return int(await COUNT_KNOWN.fetchval(connection, union_ids=list(union_ids)))


async def set_paths(connection: Connection, union_ids: Sequence[UUID]) -> int:
    """Write the paths of these unions. Returns how many were written. A union is left out if it is in a cycle or below
    one.
    """
    return int(await SET_PATHS.fetchval(connection, union_ids=list(union_ids)))


async def move_descendants(connection: Connection, union_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Compute again the paths of all unions below these unions. Returns the ids of the unions whose path changed."""
    rows = await MOVE_DESCENDANTS.fetch(connection, union_ids=list(union_ids), now=now)
    return [row["union_id"] for row in rows]


async def entries(connection: Connection, union_ids: Sequence[UUID]) -> list[UnionEntry]:
    """These unions, superiors first."""
    return [_entry(row) for row in await ENTRIES.fetch(connection, union_ids=list(union_ids))]


async def entry(connection: Connection, union_id: UUID) -> UnionEntry | None:
    """One union."""
    found = await entries(connection, [union_id])
    return found[0] if found else None


async def count(connection: Connection, filters: UnionFilter) -> int:
    """The number of unions that the filter matches."""
    return int(await COUNT.fetchval(connection, filters))


async def page(connection: Connection, filters: UnionFilter, page: PageRequest) -> list[UnionEntry]:
    """A page of matching unions in the requested order."""
    return [_entry(row) for row in await PAGE.fetch(connection, filters, page, order=page)]


def _entry(row: Record) -> UnionEntry:
    return UnionEntry(**dict(row) | {"union_type": UNION_TYPES[row["union_type"]]})
