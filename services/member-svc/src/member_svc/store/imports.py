"""Statements about imports as a whole: their states, counts and files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from member_svc.tables import ImportRow


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


@dataclass(slots=True)
class ImportFilter:
    """None = no filter."""

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
IMPORT = columns_of(ImportRow)
NEW = columns_of(ImportRow, NewImport)
#: The counts of a check; each is a parameter of ADVANCE_CHECK.
COUNTED = ("rows", "created", "updated", "unchanged", "rejected", "warnings")
NOTHING_COUNTED = """row_count = 0, created = 0, updated = 0, unchanged = 0, rejected = 0, warnings = 0, done = 0,
              total = 0"""

INSERT = Statement(
    "INSERT INTO imports ({new}, state) SELECT {new}, 'checking' FROM {imports} AS n", new=NEW, imports=rows_of(NEW)
)
INSERT_PIECE = Statement("INSERT INTO import_files (import_id, piece, sealed) VALUES (:import_id, :piece, :sealed)")
GET = Statement("SELECT {one} FROM imports WHERE import_id = :import_id", one=IMPORT)
LOCK = Statement("SELECT {one} FROM imports WHERE import_id = :import_id FOR UPDATE", one=IMPORT)
FILTER = """
    WHERE union_id = ANY (ARRAY(SELECT node_id FROM scope_nodes WHERE path @> ARRAY[:scope_id::uuid]))
      AND (:union_id::uuid IS NULL OR union_id = :union_id) AND (:unit_id::uuid IS NULL OR unit_id = :unit_id)
      AND (:state::text IS NULL OR state = :state)
      AND (:since::timestamptz IS NULL OR created_at >= :since)
      AND (:until::timestamptz IS NULL OR created_at < :until)"""
COUNT = Statement("SELECT count(*) FROM imports {filter}", filter=FILTER)
PAGE = Statement(
    "SELECT {one} FROM imports {filter} ORDER BY {order} LIMIT :limit OFFSET :offset",
    one=IMPORT,
    filter=FILTER,
    order=ORDER,
)
PIECE = Statement("SELECT sealed FROM import_files WHERE import_id = :import_id AND piece = :number")
BEGIN_CHECK = Statement(
    """UPDATE imports SET attempt = :attempt, {nothing_counted}
       WHERE import_id = :import_id AND state = 'checking' AND attempt <= :attempt RETURNING {one}""",
    nothing_counted=NOTHING_COUNTED,
    one=IMPORT,
)
SET_TOTAL = Statement(
    "UPDATE imports SET total = :total WHERE import_id = :import_id AND attempt = :attempt AND state = 'checking'"
)
ADVANCE_CHECK = Statement(
    """UPDATE imports SET row_count = row_count + :rows, done = done + :rows, created = created + :created,
              updated = updated + :updated, unchanged = unchanged + :unchanged, rejected = rejected + :rejected,
              warnings = warnings + :warnings
       WHERE import_id = :import_id AND attempt = :attempt AND state = 'checking' RETURNING true"""
)
END_CHECK = Statement(
    """UPDATE imports SET state = 'checked', sheet = :sheet, reading = :reading, total = row_count, checked_at = :now
       WHERE import_id = :import_id AND attempt = :attempt AND state = 'checking' RETURNING true"""
)
FAIL = Statement(
    """UPDATE imports SET state = 'failed', failure = :failure, checked_at = :now, {nothing_counted}
       WHERE import_id = :import_id AND state = 'checking' RETURNING {one}""",
    nothing_counted=NOTHING_COUNTED,
    one=IMPORT,
)
CONFIRM = Statement(
    """UPDATE imports SET state = 'applying', confirmed_at = :now, created = 0, updated = 0, unchanged = 0, done = 0,
              total = row_count - rejected WHERE import_id = :import_id"""
)
ADVANCE_APPLY = Statement(
    """UPDATE imports SET created = created + :created, updated = updated + :updated,
              unchanged = unchanged + :unchanged, done = done + :created + :updated + :unchanged
       WHERE import_id = :import_id"""
)
SET_PLANNED = Statement("UPDATE imports SET planned = :planned WHERE import_id = :import_id")
END_APPLY = Statement(
    """UPDATE imports SET state = 'applied', applied_at = :now
       WHERE import_id = :import_id AND state = 'applying' RETURNING {one}""",
    one=IMPORT,
)
INTERRUPT = Statement(
    """UPDATE imports SET state = 'interrupted', failure = :failure, applied_at = :now
       WHERE import_id = :import_id RETURNING {one}""",
    one=IMPORT,
)
#: For each table, the statement that deletes the table's rows of one import.
CLEAR = {
    table: Statement("DELETE FROM {table} WHERE import_id = :import_id", table=table)
    for table in (
        *("import_files", "import_rows", "import_row_portions", "import_people", "import_parts"),
        "import_originals",
    )
}


async def insert(connection: Connection, new: NewImport, pieces: Iterable[bytes]) -> None:
    """Add an import with its sealed file."""
    await INSERT.execute(connection, imports=[new])
    # Piece by piece, so that memory does not hold a second copy of the upload.
    for number, piece in enumerate(pieces):
        await INSERT_PIECE.execute(connection, import_id=new.import_id, piece=number, sealed=piece)


async def get(connection: Connection, import_id: UUID) -> Record | None:
    """One import."""
    return await GET.fetchrow(connection, import_id=import_id)


async def lock(connection: Connection, import_id: UUID) -> Record | None:
    """One import, locked until the end of the transaction."""
    return await LOCK.fetchrow(connection, import_id=import_id)


async def count(connection: Connection, filters: ImportFilter) -> int:
    """The number of imports that the filter matches."""
    return int(await COUNT.fetchval(connection, filters))


async def page(connection: Connection, filters: ImportFilter, page: PageRequest) -> list[Record]:
    """A page of matching imports, newest first unless the request names another order."""
    return await PAGE.fetch(connection, filters, page, order=page)


async def piece(connection: Connection, import_id: UUID, number: int) -> bytes | None:
    """A piece of the sealed file, counted from 0; None after the last piece."""
    sealed: bytes | None = await PIECE.fetchval(connection, import_id=import_id, number=number)
    return sealed


async def begin_check(connection: Connection, import_id: UUID, attempt: int) -> Record | None:
    """Start the check from the beginning. None if the check has ended, or a later attempt has taken it over."""
    row = await BEGIN_CHECK.fetchrow(connection, import_id=import_id, attempt=attempt)
    if row is not None and attempt > 1:
        await clear_rows(connection, import_id)
    return row


async def set_total(connection: Connection, import_id: UUID, attempt: int, total: int) -> None:
    """Store the number of rows to check, for the progress."""
    await SET_TOTAL.execute(connection, import_id=import_id, attempt=attempt, total=total)


async def advance_check(connection: Connection, import_id: UUID, attempt: int, tally: dict[str, int]) -> bool:
    """Add checked rows to the counts. False if the check has ended, or a later attempt has taken it over.

    In both cases the caller must not stage these rows.
    """
    counts = {name: tally.get(name, 0) for name in COUNTED}
    return bool(await ADVANCE_CHECK.fetchval(connection, import_id=import_id, attempt=attempt, **counts))


async def end_check(
    connection: Connection, import_id: UUID, attempt: int, sheet: str, reading: bytes, now: datetime
) -> bool:
    """Mark the report as complete. False if the check has ended, or a later attempt has taken it over.

    `reading` is the sealed result of `import_reading.pack`.
    """
    return bool(
        await END_CHECK.fetchval(
            connection, import_id=import_id, attempt=attempt, sheet=sheet, reading=reading, now=now
        )
    )


async def fail(connection: Connection, import_id: UUID, failure: dict[str, Any], now: datetime) -> Record | None:
    """Refuse the whole file, and delete its data. None if the check has ended already."""
    failed = await FAIL.fetchrow(connection, import_id=import_id, failure=failure, now=now)
    if failed:
        await clear_rows(connection, import_id)
        await drop_file(connection, import_id)
    return failed


async def confirm(connection: Connection, import_id: UUID, now: datetime) -> None:
    """Mark the import as confirmed. The counts of outcomes become 0. Until now they counted expected outcomes, and from
    now on they count applied rows.
    """
    await CONFIRM.execute(connection, import_id=import_id, now=now)


async def advance_apply(connection: Connection, import_id: UUID, created: int, updated: int, unchanged: int) -> None:
    """Add applied rows to the counts."""
    await ADVANCE_APPLY.execute(connection, import_id=import_id, created=created, updated=updated, unchanged=unchanged)


async def set_planned(connection: Connection, import_id: UUID, planned: str) -> None:
    """Store which parts of the import are in `import_parts`. `planned`: `created` if only the parts with new people are
    there, `changed` if the parts with changed people are there, too.
    """
    await SET_PLANNED.execute(connection, import_id=import_id, planned=planned)


async def end_apply(connection: Connection, import_id: UUID, now: datetime) -> Record | None:
    """Mark the import as applied, and delete its file, staged people and parts. None if it has ended already."""
    ended = await END_APPLY.fetchrow(connection, import_id=import_id, now=now)
    await _clear_staged(connection, import_id)
    return ended


async def interrupt(
    connection: Connection, import_id: UUID, now: datetime, failure_of: Callable[[Record], dict[str, Any]]
) -> Record | None:
    """End an import that is only partly applied. The counts of applied rows stay. None if it has ended already."""
    found = await lock(connection, import_id)
    if found is None or found["state"] != "applying":
        return None
    await _clear_staged(connection, import_id)
    return await INTERRUPT.fetchrow(connection, import_id=import_id, failure=failure_of(found), now=now)


async def _clear_staged(connection: Connection, import_id: UUID) -> None:
    """Delete the rows that are needed only while the import is applied."""
    await _clear(connection, import_id, "import_files", "import_people", "import_parts")


async def drop_file(connection: Connection, import_id: UUID) -> None:
    """Delete the uploaded file, which is not needed any more."""
    await _clear(connection, import_id, "import_files")


async def clear_rows(connection: Connection, import_id: UUID) -> None:
    """Delete the rows that a check has staged."""
    await _clear(connection, import_id, "import_rows", "import_row_portions", "import_people", "import_originals")


async def _clear(connection: Connection, import_id: UUID, *tables: str) -> None:
    for table in tables:
        await CLEAR[table].execute(connection, import_id=import_id)
