"""Sums over a union and all unions below it (the subtree) in one year. The reconciliation compares these sums with the
sums of other services.
"""

from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from enrollment_svc.store.candidates.current import CANDIDATES
from enrollment_svc.store.candidates.people import IN_YEAR

#: The union and all unions below it. The copy of the tree comes from a topic and possibly lacks the union, so the id of
#: the union is added to the list. PostgreSQL makes the list first and finds the rows in an index by union, as with
#: `chassis.web.within`. That condition is not used here, because it has the form `column = …`, and in these statements
#: `:union_id` is never NULL.
SUBTREE = "ANY (ARRAY(SELECT node_id FROM scope_nodes WHERE path @> ARRAY[:union_id::uuid]) || :union_id::uuid)"
#: OFFSET 0 keeps PostgreSQL from merging the inner query into the outer one. A merged query would look up `enrolled`
#: several times for each person, once for every column that uses it.
PEOPLE = Statement(
    """SELECT channel, CASE WHEN enrolled THEN 'enrolled' ELSE stands END AS standing, count(*)::int AS people,
              count(*) FILTER (WHERE NOT enrolled AND to_confirm AND NOT confirmed)::int AS to_confirm,
              count(*) FILTER (WHERE NOT enrolled AND to_confirm AND confirmed)::int AS confirmed
       FROM (SELECT c.channel, {stands} AS stands, {enrolled} AS enrolled, c.to_confirm, {confirmed} AS confirmed
             FROM {candidates} WHERE c.union_id = {subtree} AND c.removed_at IS NULL OFFSET 0) AS p
       GROUP BY 1, 2 ORDER BY 1, 2""",
    candidates=CANDIDATES,
    subtree=SUBTREE,
    **IN_YEAR,
)
#: The enrollments of all lines of the subtree are found in one search. A search for each line took seven times as long.
OF_LINES = Statement(
    "e.line_id = ANY (ARRAY(SELECT line_id FROM lines WHERE year = :year AND union_id = {subtree}))", subtree=SUBTREE
)
ENROLLMENTS = Statement(
    "SELECT e.state, count(*)::int AS people FROM enrollments AS e WHERE {of_lines} GROUP BY e.state", of_lines=OF_LINES
)
#: Without MATERIALIZED, PostgreSQL would count again for each line, as long as a table has no statistics.
LINES = Statement(
    """WITH held AS MATERIALIZED (SELECT e.line_id, count(*)::int AS people FROM enrollments AS e
                                  WHERE {of_lines} AND e.state = 'held' GROUP BY e.line_id)
       SELECT l.batch_no, l.line_id, l.union_id, l.unit_id, l.channel, l.state, l.heads, l.submitted_heads,
              l.city_fen, l.district_fen, l.unit_fen, l.term, l.start_on, l.end_on, l.submission_no, l.round,
              l.replaces, coalesce(h.people, 0) AS people_held
       FROM lines AS l LEFT JOIN held AS h ON h.line_id = l.line_id
       WHERE l.year = :year AND l.union_id = {subtree}
       ORDER BY l.batch_no, l.submitted_at, l.line_id""",
    of_lines=OF_LINES,
    subtree=SUBTREE,
)
CHECKS = Statement(
    """SELECT coalesce(sum(people), 0)::int AS people, coalesce(sum(answered_people), 0)::int AS answered_people,
              count(*) FILTER (WHERE completed_at IS NULL)::int AS open
       FROM check_sets WHERE union_id = {subtree}""",
    subtree=SUBTREE,
)


async def people(connection: Connection, union_id: UUID, year: int) -> list[Record]:
    """Count members by channel and standing. An enrolled member is counted only as `enrolled` (A40)."""
    return await PEOPLE.fetch(connection, union_id=union_id, year=year)


async def enrollments(connection: Connection, union_id: UUID, year: int) -> dict[str, int]:
    """Count the people in lines by the state of their enrollment; `held` is the state of a live enrollment."""
    rows = await ENROLLMENTS.fetch(connection, union_id=union_id, year=year)
    return {row["state"]: row["people"] for row in rows}


async def lines(connection: Connection, union_id: UUID, year: int) -> list[Record]:
    """Every line with its heads and money. `heads`: the number that is stored in the line. `people_held`: the number of
    live enrollments of the line.
    """
    return await LINES.fetch(connection, union_id=union_id, year=year)


async def checks(connection: Connection, union_id: UUID) -> Record:
    """Sums over the rows of `check_sets` in the subtree: the people to check, and the people with an answer.

    Each check has one row for each unit. `open` is the number of rows that still lack an answer. A person who was
    checked twice is counted twice.
    """
    [row] = await CHECKS.fetch(connection, union_id=union_id)
    return row
