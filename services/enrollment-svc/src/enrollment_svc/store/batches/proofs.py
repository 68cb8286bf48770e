"""A batch's money, summed from its people and from its lines."""

from asyncpg import Record

from chassis.sql import Connection, Statement

OF_LINES = Statement(
    """SELECT l.line_id, l.unit_name, l.channel, l.heads, l.city_fen, l.district_fen, l.unit_fen,
              count(e.member_id)::int AS people,
              coalesce(sum(l.rate_city_fen) FILTER (WHERE e.member_id IS NOT NULL), 0)::bigint AS people_city_fen,
              coalesce(sum(l.rate_district_fen) FILTER (WHERE e.member_id IS NOT NULL), 0)::bigint
                  AS people_district_fen,
              coalesce(sum(l.rate_unit_fen) FILTER (WHERE e.member_id IS NOT NULL), 0)::bigint AS people_unit_fen
       FROM lines AS l LEFT JOIN enrollments AS e ON e.line_id = l.line_id AND e.state = 'held'
       WHERE l.batch_no = :batch_no GROUP BY l.line_id ORDER BY l.submitted_at, l.unit_name, l.channel"""
)


async def of_lines(connection: Connection, batch_no: str) -> list[Record]:
    """The sums that each line stores, and the sums over its people with a live enrollment."""
    return await OF_LINES.fetch(connection, batch_no=batch_no)
