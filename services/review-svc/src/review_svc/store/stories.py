"""What is known of a person by key: the lines he is or was in, and what happened to them (F035)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from chassis.web import within

if TYPE_CHECKING:
    import asyncpg


async def lines(
    connection: Connection, person_keys: Sequence[str], scope_id: UUID | None, *, of_chain: bool
) -> "list[asyncpg.Record]":
    """The person's lines: `of_chain`, those that the union submitted or whose frozen chain it stands in (A56); else
    those of its subtree, None = the whole city.
    """
    return await connection.fetch(
        f"""SELECT l.line_id, l.batch_no, l.unit_id, l.union_name, l.submitted_at, l.submitted_by, l.submission_no,
                   l.state, p.member_id, p.state AS person_state, p.flag
            FROM line_people p JOIN lines l ON l.line_id = p.line_id
            WHERE p.person_key = ANY($1)
              AND CASE WHEN $3 THEN $2 IN (l.union_id, l.submitted_by_union_id) OR l.chain @> ARRAY[$2::uuid]
                       ELSE {within("l.union_id", 2)} END
            ORDER BY l.submitted_at""",  # noqa: S608
        list(person_keys),
        scope_id,
        of_chain,
    )


async def history(connection: Connection, line_ids: Sequence[UUID]) -> "list[asyncpg.Record]":
    """What happened to these lines, in order."""
    return await connection.fetch(
        """SELECT line_id, at, account, union_id, what, reason, detail FROM line_history
           WHERE line_id = ANY($1) ORDER BY id""",
        list(line_ids),
    )
