"""Statements about imports as a whole: their states, counts and files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection
from chassis.web import Order, PageRequest


@dataclass(slots=True)
class NewImport:
    import_id: UUID
    union_id: UUID
    unit_id: UUID
    check_on_import: bool
    created_by: str
    inflated_bytes: int
    sheet: str | None
    created_at: datetime


async def insert(connection: Connection, new: NewImport, pieces: Iterable[bytes]) -> None:
    """A new import with its sealed file."""
    await connection.execute(
        """INSERT INTO imports (import_id, union_id, unit_id, state, check_on_import, created_by, inflated_bytes, sheet,
                                created_at)
           VALUES ($1, $2, $3, 'checking', $4, $5, $6, $7, $8)""",
        new.import_id,
        new.union_id,
        new.unit_id,
        new.check_on_import,
        new.created_by,
        new.inflated_bytes,
        new.sheet,
        new.created_at,
    )
    # Piece by piece: an upload is in memory often enough.
    for number, piece in enumerate(pieces):
        await connection.execute(
            "INSERT INTO import_files (import_id, piece, sealed) VALUES ($1, $2, $3)", new.import_id, number, piece
        )


async def get(connection: Connection, import_id: UUID) -> Record | None:
    """One import."""
    return await connection.fetchrow("SELECT * FROM imports WHERE import_id = $1", import_id)


async def lock(connection: Connection, import_id: UUID) -> Record | None:
    """One import, locked until the end of the transaction."""
    return await connection.fetchrow("SELECT * FROM imports WHERE import_id = $1 FOR UPDATE", import_id)


@dataclass(slots=True)
class ImportFilter:
    """None = not asked for."""

    scope_id: UUID
    union_id: UUID | None = None
    unit_id: UUID | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ORDER = Order(
    {"created_at": "created_at", "state": "state", "rows": "row_count", "rejected": "rejected"},
    default="-created_at",
    tie="import_id",
)
FILTER = """
    WHERE union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$1::uuid])
      AND ($2::uuid IS NULL OR union_id = $2) AND ($3::uuid IS NULL OR unit_id = $3)
      AND ($4::text IS NULL OR state = $4)
      AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at < $6)"""


async def count(connection: Connection, wanted: ImportFilter) -> int:
    """How many imports fit."""
    sql = f"SELECT count(*) FROM imports {FILTER}"  # noqa: S608 - a constant
    return int(await connection.fetchval(sql, *_arguments(wanted)))


async def page(connection: Connection, wanted: ImportFilter, page: PageRequest) -> list[Record]:
    """Imports that fit, the newest first unless asked otherwise."""
    sql = f"SELECT * FROM imports {FILTER} ORDER BY {ORDER.by(page)} LIMIT $7 OFFSET $8"  # noqa: S608 - constants
    return list(await connection.fetch(sql, *_arguments(wanted), page.limit, page.offset))


def _arguments(wanted: ImportFilter) -> list[Any]:
    return [wanted.scope_id, wanted.union_id, wanted.unit_id, wanted.state, wanted.since, wanted.until]


async def pieces(connection: Connection, import_id: UUID) -> list[bytes]:
    """The sealed file, in order."""
    rows = await connection.fetch("SELECT sealed FROM import_files WHERE import_id = $1 ORDER BY piece", import_id)
    return [row["sealed"] for row in rows]


async def begin_check(connection: Connection, import_id: UUID, attempt: int) -> Record | None:
    """Start the check anew under this attempt; None where it ended already or a later attempt has it."""
    row = await connection.fetchrow(
        """UPDATE imports SET attempt = $2, row_count = 0, created = 0, updated = 0, unchanged = 0, rejected = 0,
                  warnings = 0, done = 0, total = 0
           WHERE import_id = $1 AND state = 'checking' AND attempt <= $2 RETURNING *""",
        import_id,
        attempt,
    )
    if row is not None and attempt > 1:
        await clear_rows(connection, import_id)
    return row


async def set_total(connection: Connection, import_id: UUID, attempt: int, total: int) -> None:
    """How many rows are to be checked, for the progress."""
    await connection.execute(
        "UPDATE imports SET total = $3 WHERE import_id = $1 AND attempt = $2 AND state = 'checking'",
        import_id,
        attempt,
        total,
    )


async def advance_check(connection: Connection, import_id: UUID, attempt: int, tally: dict[str, int]) -> bool:
    """Add checked rows to the counts; False where another attempt has the import (nothing may be staged then)."""
    return bool(
        await connection.fetchval(
            """UPDATE imports SET row_count = row_count + $3, done = done + $3, created = created + $4,
                      updated = updated + $5, unchanged = unchanged + $6, rejected = rejected + $7,
                      warnings = warnings + $8
               WHERE import_id = $1 AND attempt = $2 AND state = 'checking' RETURNING true""",
            import_id,
            attempt,
            *(tally.get(name, 0) for name in ("rows", "created", "updated", "unchanged", "rejected", "warnings")),
        )
    )


async def end_check(
    connection: Connection, import_id: UUID, attempt: int, sheet: str, reading: bytes, now: datetime
) -> bool:
    """The report is complete; False where another attempt has the import. `reading` is sealed."""
    return bool(
        await connection.fetchval(
            """UPDATE imports SET state = 'checked', sheet = $3, reading = $4, total = row_count, checked_at = $5
               WHERE import_id = $1 AND attempt = $2 AND state = 'checking' RETURNING true""",
            import_id,
            attempt,
            sheet,
            reading,
            now,
        )
    )


async def fail(connection: Connection, import_id: UUID, failure: dict[str, Any], now: datetime) -> Record | None:
    """The file as a whole was refused; nothing of it is kept. None where the check had ended already."""
    failed = await connection.fetchrow(
        """UPDATE imports SET state = 'failed', failure = $2, checked_at = $3, row_count = 0, created = 0, updated = 0,
                  unchanged = 0, rejected = 0, warnings = 0, done = 0, total = 0
           WHERE import_id = $1 AND state = 'checking' RETURNING *""",
        import_id,
        failure,
        now,
    )
    if failed:
        await clear_rows(connection, import_id)
        await drop_file(connection, import_id)
    return failed


async def confirm(connection: Connection, import_id: UUID, now: datetime) -> None:
    """The handler confirmed; from here on the counts tell what was done, no longer what was foreseen."""
    await connection.execute(
        """UPDATE imports SET state = 'applying', confirmed_at = $2, created = 0, updated = 0, unchanged = 0, done = 0,
                  total = row_count - rejected WHERE import_id = $1""",
        import_id,
        now,
    )


async def advance_apply(connection: Connection, import_id: UUID, created: int, updated: int, unchanged: int) -> None:
    """Add applied rows to the counts."""
    await connection.execute(
        """UPDATE imports SET created = created + $2, updated = updated + $3, unchanged = unchanged + $4,
                  done = done + $2 + $3 + $4 WHERE import_id = $1""",
        import_id,
        created,
        updated,
        unchanged,
    )


async def set_planned(connection: Connection, import_id: UUID, planned: str) -> None:
    """Which sets of parts are fixed."""
    await connection.execute("UPDATE imports SET planned = $2 WHERE import_id = $1", import_id, planned)


async def end_apply(connection: Connection, import_id: UUID, now: datetime) -> Record | None:
    """Everything is applied: file, staged people and parts go, the report stays. None where it had ended already."""
    ended = await connection.fetchrow(
        """UPDATE imports SET state = 'applied', applied_at = $2
           WHERE import_id = $1 AND state = 'applying' RETURNING *""",
        import_id,
        now,
    )
    await _clear_staged(connection, import_id)
    return ended


async def cut_short(
    connection: Connection, import_id: UUID, now: datetime, failure_of: Callable[[Record], dict[str, Any]]
) -> Record | None:
    """Applied in part and not to be gone on with: what was applied stays counted. None where it had ended already."""
    found = await lock(connection, import_id)
    if found is None or found["state"] != "applying":
        return None
    await _clear_staged(connection, import_id)
    return await connection.fetchrow(
        "UPDATE imports SET state = 'interrupted', failure = $2, applied_at = $3 WHERE import_id = $1 RETURNING *",
        import_id,
        failure_of(found),
        now,
    )


async def _clear_staged(connection: Connection, import_id: UUID) -> None:
    """What only an import that is being applied needs."""
    await drop_file(connection, import_id)
    await connection.execute("DELETE FROM import_people WHERE import_id = $1", import_id)
    await connection.execute("DELETE FROM import_parts WHERE import_id = $1", import_id)


async def drop_file(connection: Connection, import_id: UUID) -> None:
    """The uploaded file is not kept longer than it is needed."""
    await connection.execute("DELETE FROM import_files WHERE import_id = $1", import_id)


async def clear_rows(connection: Connection, import_id: UUID) -> None:
    """Forget what a check has staged."""
    for table in ("import_rows", "import_people", "import_originals"):
        await connection.execute(f"DELETE FROM {table} WHERE import_id = $1", import_id)  # noqa: S608 - a constant
