"""How far a union is in a year: two statements, one over its members and one over its lines."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from enrollment_svc.store.payments import PAID_LINES, PAYMENT
from enrollment_svc.store.people import CONFIRMED, STANDS

if TYPE_CHECKING:
    import asyncpg

#: Stage → the lines that are in it, by the columns of the statement below.
_LINES = {
    "in_review": "state = 'in_review'",
    "completed": "state = 'completed'",
    "center_confirmed": "payment <> 'awaiting_confirmation'",
    "paid": "payment IN ('settled', 'nothing_due')",
}
_SUMS = ", ".join(
    f"""coalesce(sum({column}) FILTER (WHERE {within}), 0)::bigint AS {stage}_{column}"""
    for stage, within in _LINES.items()
    for column in ("heads", "city_fen", "district_fen", "unit_fen")
)


#: Members of union $1 by where they stand in year $2. Who holds a share by the union's own lines is read from these;
#: the city's keys are searched for the others alone, once, with all their keys sorted. IN among the columns is a lookup
#: in a hash table whatever the statistics say; a join would be planned, perhaps before statistics exist.
PEOPLE = f"""
    WITH own AS MATERIALIZED (
             SELECT e.member_id FROM lines l JOIN enrollments e ON e.line_id = l.line_id
             WHERE l.union_id = $1 AND l.year = $2 AND e.state = 'held'),
         members AS MATERIALIZED (
             SELECT c.member_id, c.person_key, c.to_confirm, {CONFIRMED} AS confirmed, {STANDS} AS stands,
                    c.member_id IN (SELECT member_id FROM own) AS submitted
             FROM candidates c WHERE c.union_id = $1 AND c.removed_at IS NULL),
         otherwise AS MATERIALIZED (
             SELECT e.person_key, e.member_id FROM enrollments e
             WHERE e.person_key = ANY (ARRAY(SELECT person_key FROM members WHERE NOT submitted))
                   AND e.year = $2 AND e.state = 'held')
    SELECT count(*)::int AS imported,
           count(*) FILTER (WHERE listed AND stands = 'to_verify')::int AS to_verify,
           count(*) FILTER (WHERE listed AND to_confirm AND NOT confirmed)::int AS to_confirm,
           count(*) FILTER (WHERE listed AND stands = 'ready')::int AS ready,
           count(*) FILTER (WHERE listed AND stands = 'excluded_retired')::int AS retired,
           count(*) FILTER (WHERE listed AND stands = 'excluded_deceased')::int AS deceased,
           count(*) FILTER (WHERE listed AND stands = 'no_channel')::int AS no_channel,
           count(*) FILTER (WHERE NOT (submitted OR listed OR holds))::int AS enrolled_otherwise
    FROM (SELECT *, NOT submitted AND person_key NOT IN (SELECT person_key FROM otherwise) AS listed,
                 member_id IN (SELECT member_id FROM otherwise) AS holds
          FROM members OFFSET 0) AS placed"""  # noqa: S608


async def people(connection: Connection, union_id: UUID, year: int) -> dict[str, int]:
    """Members by where they stand, as the lists count them; whoever holds a share stands in none of them."""
    row = await connection.fetchrow(PEOPLE, union_id, year)
    assert row is not None
    return dict(row)


async def lines(connection: Connection, union_id: UUID, year: int) -> "asyncpg.Record":
    """Heads and money of the union's lines by stage."""
    row: asyncpg.Record | None = await connection.fetchrow(
        f"""SELECT {_SUMS} FROM (SELECT l.*, {PAYMENT} AS payment FROM {PAID_LINES}
                                 WHERE l.union_id = $1 AND l.year = $2) AS l""",  # noqa: S608
        union_id,
        year,
    )
    assert row is not None
    return row
