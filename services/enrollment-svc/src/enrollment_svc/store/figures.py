"""Sums straight from the stores, for reconciliation: a subtree and a year."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from chassis.web import SUBTREE
from enrollment_svc.store.people import CONFIRMED, ENROLLED, STANDS

if TYPE_CHECKING:
    import asyncpg

#: The union itself counts although the tree may not have told of it yet.
_UNIONS = f"(union_id = $1 OR union_id IN ({SUBTREE.format(1)}))"


async def people(connection: Connection, union_id: UUID, year: int) -> list["asyncpg.Record"]:
    """Members by channel and by what they count as: enrolled first, then where they stand (A40).

    OFFSET 0: flattened, it would look for each person's enrollment once per column that asks.
    """
    return await connection.fetch(
        f"""SELECT channel, CASE WHEN enrolled THEN 'enrolled' ELSE stands END AS standing, count(*)::int AS people,
                   count(*) FILTER (WHERE NOT enrolled AND to_confirm AND NOT confirmed)::int AS to_confirm,
                   count(*) FILTER (WHERE NOT enrolled AND to_confirm AND confirmed)::int AS confirmed
            FROM (SELECT c.channel, {STANDS} AS stands, {ENROLLED} AS enrolled, c.to_confirm, {CONFIRMED} AS confirmed
                  FROM candidates c WHERE {_UNIONS} AND c.removed_at IS NULL OFFSET 0) AS p
            GROUP BY 1, 2 ORDER BY 1, 2""",  # noqa: S608
        union_id,
        year,
    )


async def enrollments(connection: Connection, union_id: UUID, year: int) -> dict[str, int]:
    """People in lines by what became of them; `held` ones are live."""
    rows = await connection.fetch(
        f"""SELECT e.state, count(*)::int AS people FROM enrollments e JOIN lines l ON l.line_id = e.line_id
            WHERE l.year = $2 AND {_UNIONS} GROUP BY e.state""",  # noqa: S608
        union_id,
        year,
    )
    return {row["state"]: row["people"] for row in rows}


async def lines(connection: Connection, union_id: UUID, year: int) -> list["asyncpg.Record"]:
    """Every line with its heads and money; `people_held` is counted from the people, not from the line."""
    return await connection.fetch(
        f"""SELECT l.batch_no, l.line_id, l.union_id, l.unit_id, l.channel, l.state, l.heads, l.submitted_heads,
                   l.city_fen, l.district_fen, l.unit_fen, l.term, l.start_on, l.end_on, l.submission_no, l.round,
                   l.replaces, (SELECT count(*)::int FROM enrollments e
                                WHERE e.line_id = l.line_id AND e.state = 'held') AS people_held
            FROM lines l WHERE l.year = $2 AND {_UNIONS} ORDER BY l.batch_no, l.submitted_at, l.line_id""",  # noqa: S608
        union_id,
        year,
    )


async def checks(connection: Connection, union_id: UUID) -> "asyncpg.Record":
    """How far the checks are."""
    row: asyncpg.Record | None = await connection.fetchrow(
        f"""SELECT coalesce(sum(people), 0)::int AS people, coalesce(sum(answered_people), 0)::int AS answered_people,
                   count(*) FILTER (WHERE completed_at IS NULL)::int AS open
            FROM check_sets WHERE {_UNIONS}""",  # noqa: S608
        union_id,
    )
    assert row is not None
    return row
