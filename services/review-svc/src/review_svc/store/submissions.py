"""Statements on district submissions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from contracts.fields import Shares

if TYPE_CHECKING:
    import asyncpg


async def next_count(connection: Connection, day: date) -> int:
    """The next number of a day. Taken last in the transaction: its row is what all submissions of the day wait for."""
    count: int = await connection.fetchval(
        """INSERT INTO submission_counters AS c (day, last) VALUES ($1, 1)
           ON CONFLICT (day) DO UPDATE SET last = c.last + 1 RETURNING last""",
        day,
    )
    return count


async def insert(
    connection: Connection,
    *,
    submission_no: str,
    union_id: UUID,
    union_name: str,
    year: int,
    enrollment_type: str,
    heads: int,
    fee: Shares,
    handler: bytes,
    account: str,
    now: datetime,
) -> None:
    """A new submission, on its way to the center."""
    await connection.execute(
        """INSERT INTO submissions (submission_no, union_id, union_name, year, enrollment_type, submitted_heads, heads,
               city_fen, district_fen, unit_fen, handler, state, submitted_at, submitted_by, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, 'submitted', $11, $12, $11)""",
        *(submission_no, union_id, union_name, year, enrollment_type, heads),
        *(fee.city_fen, fee.district_fen, fee.unit_fen, handler, now, account),
    )


async def insert_lines(connection: Connection, submission_no: str, line_ids: Sequence[UUID]) -> None:
    """Freeze the lines as they are sent."""
    await connection.execute(
        """INSERT INTO submission_lines
               (submission_no, line_id, batch_no, union_id, unit_id, heads, city_fen, district_fen, unit_fen)
           SELECT $1, line_id, batch_no, union_id, unit_id, heads, city_fen, district_fen, unit_fen
           FROM lines WHERE line_id = ANY($2::uuid[])""",
        submission_no,
        list(line_ids),
    )


async def find(connection: Connection, submission_no: str) -> "asyncpg.Record | None":
    """One submission."""
    return await connection.fetchrow("SELECT * FROM submissions WHERE submission_no = $1", submission_no)


async def lock(connection: Connection, submission_no: str) -> "asyncpg.Record | None":
    """One submission, locked."""
    return await connection.fetchrow("SELECT * FROM submissions WHERE submission_no = $1 FOR UPDATE", submission_no)


async def lines_in(connection: Connection, submission_no: str) -> "list[asyncpg.Record]":
    """The submission's lines that stand."""
    return await connection.fetch(
        "SELECT * FROM submission_lines WHERE submission_no = $1 AND state = 'in' ORDER BY line_id", submission_no
    )


async def all_lines(connection: Connection, submission_no: str) -> "list[asyncpg.Record]":
    """The submission's lines with their units' names, those that the center rejected included."""
    return await connection.fetch(
        """SELECT s.*, l.unit_name, l.channel FROM submission_lines s JOIN lines l USING (line_id)
           WHERE s.submission_no = $1 ORDER BY s.line_id""",
        submission_no,
    )


async def received(connection: Connection, submission_no: str, now: datetime) -> None:
    """The center has the whole list."""
    await connection.execute(
        "UPDATE submissions SET received_at = coalesce(received_at, $2), updated_at = $2 WHERE submission_no = $1",
        submission_no,
        now,
    )


async def decide(
    connection: Connection, submission_no: str, state: str, reason: str | None, decided_at: datetime, now: datetime
) -> None:
    """The center's answer, dated by the center: the voucher's due date counts from it (A62)."""
    await connection.execute(
        """UPDATE submissions SET state = $2, reason = $3, decided_at = $4, updated_at = $5
           WHERE submission_no = $1""",
        submission_no,
        state,
        reason,
        decided_at,
        now,
    )


async def drop_lines(
    connection: Connection, submission_no: str, line_ids: Sequence[UUID], now: datetime
) -> "asyncpg.Record":
    """Rejected lines leave the submission; heads and money again from those that stand. Returns the row."""
    await connection.execute(
        "UPDATE submission_lines SET state = 'rejected' WHERE submission_no = $1 AND line_id = ANY($2::uuid[])",
        submission_no,
        list(line_ids),
    )
    row: asyncpg.Record | None = await connection.fetchrow(
        """UPDATE submissions s SET heads = n.heads, city_fen = n.city, district_fen = n.district, unit_fen = n.unit,
               updated_at = $2
           FROM (SELECT coalesce(sum(heads), 0) AS heads, coalesce(sum(city_fen), 0) AS city,
                        coalesce(sum(district_fen), 0) AS district, coalesce(sum(unit_fen), 0) AS unit
                 FROM submission_lines WHERE submission_no = $1 AND state = 'in') AS n
           WHERE s.submission_no = $1 RETURNING s.*""",
        submission_no,
        now,
    )
    assert row is not None
    return row


async def feedback(
    connection: Connection, submission_nos: Sequence[str], result: str, text: str | None, at: datetime, now: datetime
) -> None:
    """反馈时间: the center answered what was paid for these (A24). An older answer never overwrites a newer one."""
    await connection.execute(
        """UPDATE submissions SET feedback_at = $4, feedback_result = $2, feedback_text = $3, updated_at = $5
           WHERE submission_no = ANY($1::text[]) AND (feedback_at IS NULL OR feedback_at <= $4)""",
        *(list(submission_nos), result, text, at, now),
    )
