"""Finds the dues that need a reminder. The same statement marks them, so that each reminder is sent once (D24)."""

from datetime import date, datetime

from asyncpg import Record

from chassis.sql import Connection, Statement

#: One run sends at most this many reminders of each of the two kinds. The next run sends the rest.
MOST = 500
CLAIM_DUE_SOON = Statement(
    """UPDATE dues SET due_soon_told_at = :now
       WHERE submission_no IN (
             SELECT submission_no FROM dues
             WHERE open_fen > 0 AND due_soon_told_at IS NULL AND due_on BETWEEN :first AND :last
             ORDER BY due_on, submission_no LIMIT :most FOR UPDATE SKIP LOCKED)
       RETURNING submission_no, union_id, due_on, open_fen"""
)
CLAIM_OVERDUE = Statement(
    """UPDATE dues SET overdue_told_at = :now
       WHERE submission_no IN (
             SELECT submission_no FROM dues
             WHERE open_fen > 0 AND overdue_told_at IS NULL AND due_on <= :last
             ORDER BY due_on, submission_no LIMIT :most FOR UPDATE SKIP LOCKED)
       RETURNING submission_no, union_id, due_on, open_fen"""
)


async def claim_due_soon(connection: Connection, first: date, last: date, now: datetime) -> list[Record]:
    """Find and mark dues that need a due-soon reminder, and do not have one yet.

    These dues have an `open_fen` > 0, and their last day to pay is from `first` to `last`.
    """
    return await CLAIM_DUE_SOON.fetch(connection, first=first, last=last, now=now, most=MOST)


async def claim_overdue(connection: Connection, last: date, now: datetime) -> list[Record]:
    """Find and mark dues that need an overdue reminder, and do not have one yet.

    These dues have an `open_fen` > 0, and their last day to pay is `last` or earlier.
    """
    return await CLAIM_OVERDUE.fetch(connection, last=last, now=now, most=MOST)
