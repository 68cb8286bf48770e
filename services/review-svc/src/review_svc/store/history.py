"""Statements on the history of lines: append-only."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from review_svc.domain.history import Happened

if TYPE_CHECKING:
    import asyncpg


async def note(
    connection: Connection,
    line_ids: Sequence[UUID],
    what: Happened,
    *,
    at: datetime,
    account: str,
    union_id: UUID | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add the same entry to the history of lines."""
    await connection.execute(
        """INSERT INTO line_history (line_id, at, account, union_id, what, reason, detail)
           SELECT id, $2, $3, $4, $5, $6, $7 FROM unnest($1::uuid[]) AS u(id)""",
        list(line_ids),
        at,
        account,
        union_id,
        what.value,
        reason,
        detail or {},
    )


async def of_line(connection: Connection, line_id: UUID) -> "list[asyncpg.Record]":
    """What happened to a line, oldest first."""
    return await connection.fetch(
        "SELECT at, account AS by, union_id, what, reason, detail FROM line_history WHERE line_id = $1 ORDER BY id",
        line_id,
    )


async def earlier_rounds(connection: Connection, line_id: UUID) -> "list[asyncpg.Record]":
    """The lines that this one replaces, and theirs, with what each was returned for; the latest first."""
    return await connection.fetch(
        """WITH RECURSIVE earlier AS (
               SELECT o.* FROM lines l JOIN lines o
                   ON o.batch_no = l.replaces AND o.unit_id = l.unit_id AND o.channel = l.channel
               WHERE l.line_id = $1
               UNION ALL
               SELECT o.* FROM earlier e JOIN lines o
                   ON o.batch_no = e.replaces AND o.unit_id = e.unit_id AND o.channel = e.channel)
           SELECT e.line_id, e.batch_no, e.round, e.submitted_heads, h.at AS returned_at, h.reason
           FROM earlier e LEFT JOIN LATERAL (
               SELECT at, reason FROM line_history WHERE line_id = e.line_id AND what = 'returned'
               ORDER BY id DESC LIMIT 1) AS h ON true
           ORDER BY e.submitted_at DESC""",
        line_id,
    )
