"""Appends to the history of lines, and reads it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from review_svc.domain.history import Happened

NOTE = Statement(
    """INSERT INTO line_history (line_id, at, account, union_id, what, reason, detail, cause_id)
       SELECT id, :at, :account, :union_id, :what, :reason, :detail, :cause_id
       FROM unnest(:line_ids::uuid[]) AS u (id)"""
)
OF_LINE = Statement(
    "SELECT at, account AS by, union_id, what, reason, detail FROM line_history WHERE line_id = :line_id ORDER BY id"
)
EARLIER_ROUNDS = Statement(
    """WITH RECURSIVE earlier AS (
           SELECT o.* FROM lines AS l JOIN lines AS o
               ON o.batch_no = l.replaces AND o.unit_id = l.unit_id AND o.channel = l.channel
           WHERE l.line_id = :line_id
           UNION ALL
           SELECT o.* FROM earlier AS e JOIN lines AS o
               ON o.batch_no = e.replaces AND o.unit_id = e.unit_id AND o.channel = e.channel)
       SELECT e.line_id, e.batch_no, e.round, e.submitted_heads, h.at AS returned_at, h.reason
       FROM earlier AS e LEFT JOIN LATERAL (
           SELECT at, reason FROM line_history WHERE line_id = e.line_id AND what = 'returned'
           ORDER BY id DESC LIMIT 1) AS h ON true
       ORDER BY e.submitted_at DESC"""
)


async def note(
    connection: Connection,
    line_ids: Sequence[UUID],
    what: Happened,
    *,
    at: datetime,
    account: str,
    cause_id: UUID,
    union_id: UUID | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add the same entry to the history of each line in `line_ids`.

    `cause_id`: the id of the command, job or event that the entry follows from. If it is a command, the audit log
    contains the same id.
    """
    await NOTE.execute(
        connection,
        line_ids=list(line_ids),
        what=what,
        at=at,
        account=account,
        union_id=union_id,
        reason=reason,
        detail=detail or {},
        cause_id=cause_id,
    )


async def of_line(connection: Connection, line_id: UUID) -> list[Record]:
    """The history of a line, oldest first."""
    return await OF_LINE.fetch(connection, line_id=line_id)


async def earlier_rounds(connection: Connection, line_id: UUID) -> list[Record]:
    """The earlier lines that this line replaces, latest first. Each has the time and reason of its last return.

    Example: people of line A are returned and later submitted again in line B. Then B replaces A, and the column
    `replaces` of B contains the batch number of A. If people of B are returned too, line C replaces B. For C, the query
    finds B by `replaces` of C, then A by `replaces` of B.
    """
    return await EARLIER_ROUNDS.fetch(connection, line_id=line_id)
