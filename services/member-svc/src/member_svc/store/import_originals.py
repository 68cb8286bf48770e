"""Statements about rejected rows as they stood in the file."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, in_batches

#: The place of the headings, above the first row that a sheet can have.
HEADINGS = 0


async def keep(connection: Connection, import_id: UUID, rows: Sequence[tuple[int, bytes]]) -> None:
    """Keep sealed rows by their number."""
    if not rows:
        return
    await connection.copy_records_to_table(
        "import_originals",
        records=[(import_id, row_no, sealed) for row_no, sealed in rows],
        columns=["import_id", "row_no", "sealed"],
    )


async def close(connection: Connection, import_id: UUID, headings: bytes, until: datetime) -> None:
    """All rejected rows are kept: add the headings, and say until when; nothing where no row was rejected."""
    await connection.execute(
        """WITH kept AS (
               UPDATE imports SET originals_until = $4 WHERE import_id = $1 AND rejected > 0 RETURNING import_id
           ) INSERT INTO import_originals (import_id, row_no, sealed) SELECT import_id, $2, $3 FROM kept""",
        import_id,
        HEADINGS,
        headings,
        until,
    )


async def forget_due(connection: Connection, now: datetime) -> None:
    """Delete the rows that have been kept long enough."""
    await connection.execute(
        """WITH due AS (
               UPDATE imports SET originals_until = NULL WHERE import_id IN (
                   SELECT import_id FROM imports WHERE originals_until <= $1 FOR UPDATE SKIP LOCKED)
               RETURNING import_id
           ) DELETE FROM import_originals AS o USING due WHERE o.import_id = due.import_id""",
        now,
    )


async def headings(connection: Connection, import_id: UUID) -> bytes | None:
    """The sealed headings; None where nothing is kept."""
    sealed = await connection.fetchval(
        "SELECT sealed FROM import_originals WHERE import_id = $1 AND row_no = $2", import_id, HEADINGS
    )
    return None if sealed is None else bytes(sealed)


async def rejected(connection: Connection, import_id: UUID) -> AsyncIterator[list[Record]]:
    """Rejected rows with their errors in the order of the sheet, some at a time."""
    async for rows in in_batches(
        connection,
        """SELECT row_no, o.sealed, r.faults
           FROM import_originals AS o JOIN import_rows AS r USING (import_id, row_no)
           WHERE import_id = $1 ORDER BY row_no""",
        import_id,
    ):
        yield rows
