"""Sums over lines and submissions: the city share, and a union's own figures."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from chassis.web import within

if TYPE_CHECKING:
    import asyncpg


async def city_share(connection: Connection, scope_id: UUID | None, year: int | None) -> "list[asyncpg.Record]":
    """What 市总 allocates centrally, by year and plan, over lines that are 已完成 (F026, A61). Scope None = all."""
    return await connection.fetch(
        f"""SELECT year, plan, max(plan_name) AS plan_name, count(*) AS lines, sum(heads)::bigint AS heads,
               sum(city_fen)::bigint AS city_fen, sum(district_fen)::bigint AS district_fen,
               sum(unit_fen)::bigint AS unit_fen, sum(city_fen + district_fen + unit_fen)::bigint AS total_fen
           FROM lines WHERE state = 'completed' AND ($1::integer IS NULL OR year = $1) AND {within("union_id", 2)}
           GROUP BY year, plan ORDER BY year DESC, plan""",  # noqa: S608
        year,
        scope_id,
    )


async def lines_of_union(connection: Connection, union_id: UUID, year: int | None) -> "list[asyncpg.Record]":
    """Every line of a union and year, with its people counted one by one from the store."""
    return await connection.fetch(
        """SELECT l.*, (SELECT count(*) FROM line_people p
                        WHERE p.line_id = l.line_id AND p.state = 'in') AS people_held
           FROM lines l WHERE l.union_id = $1 AND ($2::integer IS NULL OR l.year = $2)
           ORDER BY l.submitted_at, l.line_id""",
        union_id,
        year,
    )


async def submissions_of_union(connection: Connection, union_id: UUID, year: int | None) -> "list[asyncpg.Record]":
    """Submissions that hold lines of a union, with the heads and money of that union's lines alone."""
    return await connection.fetch(
        """SELECT s.submission_no, s.version, s.state, s.union_id, s.submitted_at, s.decided_at,
               sum(l.heads)::bigint AS heads, sum(l.city_fen)::bigint AS city_fen,
               sum(l.district_fen)::bigint AS district_fen, sum(l.unit_fen)::bigint AS unit_fen
           FROM submissions s JOIN submission_lines l USING (submission_no)
           WHERE l.union_id = $1 AND l.state = 'in' AND ($2::integer IS NULL OR s.year = $2)
           GROUP BY s.submission_no ORDER BY s.submission_no""",
        union_id,
        year,
    )
