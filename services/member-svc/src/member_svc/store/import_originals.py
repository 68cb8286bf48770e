"""Statements about rejected rows with their original cells."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Copy, Statement, columns_of
from member_svc.tables import OriginalRow

#: The row number under which the headings are stored. No row has this number, because the rows of a sheet start at 1.
HEADINGS = 0

KEEP = Copy(columns_of(OriginalRow, "row_no", "sealed"), "import_id")
CLOSE = Statement(
    """WITH kept AS (
           UPDATE imports SET originals_until = :until WHERE import_id = :import_id AND rejected > 0 RETURNING import_id
       ) INSERT INTO import_originals (import_id, row_no, sealed) SELECT import_id, :place, :headings FROM kept"""
)
FORGET_DUE = Statement(
    """WITH due AS (
           UPDATE imports SET originals_until = NULL WHERE import_id IN (
               SELECT import_id FROM imports WHERE originals_until <= :now FOR UPDATE SKIP LOCKED)
           RETURNING import_id
       ) DELETE FROM import_originals AS o USING due WHERE o.import_id = due.import_id"""
)
READ = Statement("SELECT sealed FROM import_originals WHERE import_id = :import_id AND row_no = :place")
REJECTED = Statement(
    """SELECT row_no, o.sealed, r.faults FROM import_originals AS o JOIN import_rows AS r USING (import_id, row_no)
       WHERE import_id = :import_id ORDER BY row_no"""
)


async def keep(connection: Connection, import_id: UUID, rows: Sequence[tuple[int, bytes]]) -> None:
    """Store sealed rows under their row numbers."""
    if rows:
        await KEEP.execute(connection, rows, import_id=import_id)


async def close(connection: Connection, import_id: UUID, headings: bytes, until: datetime) -> None:
    """Store the headings, and the time when the stored rows expire. Does nothing if no row was rejected."""
    await CLOSE.execute(connection, import_id=import_id, place=HEADINGS, headings=headings, until=until)


async def forget_due(connection: Connection, now: datetime) -> None:
    """Delete the rows of every import whose rows have expired."""
    await FORGET_DUE.execute(connection, now=now)


async def headings(connection: Connection, import_id: UUID) -> bytes | None:
    """The sealed headings; None if no rows are stored."""
    sealed = await READ.fetchval(connection, import_id=import_id, place=HEADINGS)
    return None if sealed is None else bytes(sealed)


def rejected(connection: Connection, import_id: UUID) -> AsyncIterator[list[Record]]:
    """The rejected rows with their errors, in the order of the sheet, some rows at a time."""
    return REJECTED.batches(connection, import_id=import_id)
