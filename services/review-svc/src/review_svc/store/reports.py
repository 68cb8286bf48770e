"""Sums over lines and submissions: the city's share of the fees, and the lines and submissions of one union."""

from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import within
from review_svc.store.sums import LINE_SUMS, SUMMED_LINES

CITY_SHARE = """
    SELECT year, plan, max(plan_name) AS plan_name, sum(lines)::bigint AS lines, sum(heads)::bigint AS heads,
           sum(city_fen)::bigint AS city_fen, sum(district_fen)::bigint AS district_fen,
           sum(unit_fen)::bigint AS unit_fen, sum(city_fen + district_fen + unit_fen)::bigint AS total_fen
    FROM {lines} AS l WHERE state = 'completed' AND (:year::integer IS NULL OR year = :year) {within}
    GROUP BY year, plan HAVING sum(lines) > 0 ORDER BY year DESC, plan"""
SHARE_OF_CITY = Statement(CITY_SHARE, lines=LINE_SUMS.table, within="")
SHARE_OF_UNIONS = Statement(CITY_SHARE, lines=SUMMED_LINES, within=Statement("AND {within}", within=within("union_id")))
LINES = Statement(
    """SELECT l.*, CASE WHEN l.state IN ('returned', 'withdrawn') THEN 0 ELSE
                  (SELECT coalesce(sum(s.people), 0) FROM line_parts AS s WHERE s.line_id = l.line_id)
                  - (SELECT count(*) FROM marked_people AS m WHERE m.line_id = l.line_id AND m.state = 'returned')
              END AS people_held
       FROM lines AS l WHERE l.union_id = :union_id AND (:year::integer IS NULL OR l.year = :year)
       ORDER BY l.submitted_at, l.line_id"""
)
SUBMISSIONS = Statement(
    """SELECT s.submission_no, s.version, s.state, s.union_id, s.submitted_at, s.decided_at,
              sum(l.heads)::bigint AS heads, sum(l.city_fen)::bigint AS city_fen,
              sum(l.district_fen)::bigint AS district_fen, sum(l.unit_fen)::bigint AS unit_fen
       FROM submissions AS s JOIN submission_lines AS l USING (submission_no)
       WHERE l.union_id = :union_id AND l.state = 'in' AND (:year::integer IS NULL OR s.year = :year)
       GROUP BY s.submission_no ORDER BY s.submission_no"""
)


async def city_share(connection: Connection, scope_id: UUID | None, year: int | None) -> list[Record]:
    """The money that 市总 allocates centrally for completed lines, by year and plan (F026, A61).

    If `scope_id` is None: the whole city.
    """
    if scope_id is None:
        return await SHARE_OF_CITY.fetch(connection, year=year)
    return await SHARE_OF_UNIONS.fetch(connection, scope_id=scope_id, year=year)


async def lines_of_union(connection: Connection, union_id: UUID, year: int | None) -> list[Record]:
    """Every line of a union, each with the number of people who are still in the line. `year` None = all years.

    This number is computed from the parts of the line and from the people who were returned singly. It is not read
    from `lines.heads`, so that a reconciliation notices a wrong value there. The number of people that a part states
    is right: a check constraint of `line_parts` compares it with the lengths of the part's arrays.
    """
    return await LINES.fetch(connection, union_id=union_id, year=year)


async def submissions_of_union(connection: Connection, union_id: UUID, year: int | None) -> list[Record]:
    """Submissions that contain lines of a union, with the heads and money of this union's lines only.

    Lines that the center rejected do not count.
    """
    return await SUBMISSIONS.fetch(connection, union_id=union_id, year=year)
