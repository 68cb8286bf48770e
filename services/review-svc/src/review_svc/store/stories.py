"""What is known of a person by key: the lines he is or was in, and what happened to them (F035)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]


async def lines(connection: "Connection", person_keys: Sequence[str], scope_id: UUID | None) -> "list[asyncpg.Record]":
    """The person's lines, if the caller submitted them or stands in their frozen chain (A56); None = the whole city."""
    return await connection.fetch(
        """SELECT l.line_id, l.batch_no, l.unit_id, l.union_name, l.submitted_at, l.submitted_by, l.submission_no,
                   l.state, p.member_id, p.state AS person_state, p.flag
            FROM line_people p JOIN lines l ON l.line_id = p.line_id
            WHERE p.person_key = ANY($1) AND ($2::uuid IS NULL OR l.union_id = $2 OR l.chain @> ARRAY[$2::uuid])
            ORDER BY l.submitted_at""",
        list(person_keys),
        scope_id,
    )


async def history(connection: "Connection", line_ids: Sequence[UUID]) -> "list[asyncpg.Record]":
    """What happened to these lines, in order."""
    return await connection.fetch(
        """SELECT line_id, at, account, union_id, what, reason, detail FROM line_history
           WHERE line_id = ANY($1) ORDER BY id""",
        list(line_ids),
    )
