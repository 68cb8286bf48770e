"""The lines that contain or contained a person, and the history of these lines (F035)."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import within

LINES = Statement(
    """SELECT l.line_id, l.batch_no, l.unit_id, l.union_name, l.submitted_at, l.submitted_by, l.submission_no,
              l.state, p.member_id, m.flag,
              CASE WHEN l.state IN ('returned', 'withdrawn') THEN 'returned' ELSE coalesce(m.state, 'in') END
                  AS person_state
       FROM line_parts AS s JOIN lines AS l USING (line_id)
       CROSS JOIN LATERAL unnest(s.person_keys, s.member_ids) AS p (person_key, member_id)
       LEFT JOIN marked_people AS m ON m.line_id = s.line_id AND m.member_id = p.member_id
       WHERE s.person_keys && :person_keys::text[] AND p.person_key = ANY(:person_keys)
         AND CASE WHEN :of_chain
                  THEN :scope_id IN (l.union_id, l.submitted_by_union_id) OR l.chain @> ARRAY[:scope_id::uuid]
                  ELSE {within} END
       ORDER BY l.submitted_at""",
    within=within("l.union_id"),
)
HISTORY = Statement(
    """SELECT line_id, at, account, union_id, what, reason, detail FROM line_history
       WHERE line_id = ANY(:line_ids) ORDER BY id"""
)


async def lines(
    connection: Connection, person_keys: Sequence[str], scope_id: UUID | None, *, of_chain: bool
) -> list[Record]:
    """The person's lines that an account of the union `scope_id` is allowed to see.

    If `of_chain` is true: the lines of this union, the lines that this union submitted for another union, and the
    lines that have this union in their chain (A56). If `of_chain` is false: the lines of this union and of all unions
    below it; `scope_id` None then means the whole city.
    """
    return await LINES.fetch(connection, person_keys=list(person_keys), scope_id=scope_id, of_chain=of_chain)


async def history(connection: Connection, line_ids: Sequence[UUID]) -> list[Record]:
    """The history of these lines, oldest first."""
    return await HISTORY.fetch(connection, line_ids=list(line_ids))
