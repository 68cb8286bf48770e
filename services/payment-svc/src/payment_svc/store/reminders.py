"""Statements that claim reminders: a row is told of once, however many replicas ask (D24)."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

#: So many are told of in one transaction; the rest follow in the next turn.
MOST = 500


async def claim_due_soon(connection: Connection, first: date, last: date, now: datetime) -> list["asyncpg.Record"]:
    """Submissions due from `first` to `last` with money open, of which nobody was told yet."""
    return await connection.fetch(
        """UPDATE dues SET due_soon_told_at = $3
           WHERE submission_no IN (
                 SELECT submission_no FROM dues
                 WHERE open_fen > 0 AND due_soon_told_at IS NULL AND due_on BETWEEN $1 AND $2
                 ORDER BY due_on, submission_no LIMIT $4 FOR UPDATE SKIP LOCKED)
           RETURNING submission_no, union_id, due_on, open_fen""",
        first,
        last,
        now,
        MOST,
    )


async def claim_overdue(connection: Connection, last: date, now: datetime) -> list["asyncpg.Record"]:
    """Submissions due on `last` or before with money open, of which nobody was told yet."""
    return await connection.fetch(
        """UPDATE dues SET overdue_told_at = $2
           WHERE submission_no IN (
                 SELECT submission_no FROM dues
                 WHERE open_fen > 0 AND overdue_told_at IS NULL AND due_on <= $1
                 ORDER BY due_on, submission_no LIMIT $3 FOR UPDATE SKIP LOCKED)
           RETURNING submission_no, union_id, due_on, open_fen""",
        last,
        now,
        MOST,
    )
