"""The progress of a union in a year: two statements, one over its members and one over its lines."""

from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from enrollment_svc.store.batches.payments import PAID_LINES, PAYMENT
from enrollment_svc.store.candidates.current import CANDIDATES_OF_UNION
from enrollment_svc.store.candidates.people import IN_YEAR

#: Members of the union by their standing in the year. The union's own lines show which members are submitted. For the
#: members who are not, one query searches the city's live enrollments by person key. `holds`: True if the member has
#: a live enrollment in a line that another union submitted, because the unit belonged to that union then. The select
#: lists use IN with a subquery, because PostgreSQL can put the rows of the subquery into a hash table. A join could be
#: slow, because the planner needs statistics of the tables for a join, and new tables have no statistics yet. The ids
#: of the own lines are an array, because for a union with many lines PostgreSQL planned a parallel join that read the
#: lines of the whole city.
PEOPLE = Statement(
    """
    WITH own AS MATERIALIZED (
             SELECT member_id FROM enrollments
             WHERE line_id = ANY (ARRAY(SELECT line_id FROM lines WHERE union_id = :union_id AND year = :year))
                   AND state = 'held'),
         members AS MATERIALIZED (
             SELECT c.member_id, c.person_key, c.to_confirm, {confirmed} AS confirmed, {stands} AS stands,
                    c.member_id IN (SELECT member_id FROM own) AS submitted
             FROM {candidates} WHERE c.union_id = :union_id AND c.removed_at IS NULL),
         otherwise AS MATERIALIZED (
             SELECT e.person_key, e.member_id FROM enrollments AS e
             WHERE e.person_key = ANY (ARRAY(SELECT person_key FROM members WHERE NOT submitted))
                   AND e.year = :year AND e.state = 'held')
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
          FROM members OFFSET 0) AS placed""",
    candidates=CANDIDATES_OF_UNION,
    confirmed=IN_YEAR["confirmed"],
    stands=IN_YEAR["stands"],
)
LINES = Statement(
    """
    SELECT coalesce(sum(heads) FILTER (WHERE in_review), 0)::bigint AS in_review_heads,
           coalesce(sum(city_fen) FILTER (WHERE in_review), 0)::bigint AS in_review_city_fen,
           coalesce(sum(district_fen) FILTER (WHERE in_review), 0)::bigint AS in_review_district_fen,
           coalesce(sum(unit_fen) FILTER (WHERE in_review), 0)::bigint AS in_review_unit_fen,
           coalesce(sum(heads) FILTER (WHERE completed), 0)::bigint AS completed_heads,
           coalesce(sum(city_fen) FILTER (WHERE completed), 0)::bigint AS completed_city_fen,
           coalesce(sum(district_fen) FILTER (WHERE completed), 0)::bigint AS completed_district_fen,
           coalesce(sum(unit_fen) FILTER (WHERE completed), 0)::bigint AS completed_unit_fen,
           coalesce(sum(heads) FILTER (WHERE center_confirmed), 0)::bigint AS center_confirmed_heads,
           coalesce(sum(city_fen) FILTER (WHERE center_confirmed), 0)::bigint AS center_confirmed_city_fen,
           coalesce(sum(district_fen) FILTER (WHERE center_confirmed), 0)::bigint AS center_confirmed_district_fen,
           coalesce(sum(unit_fen) FILTER (WHERE center_confirmed), 0)::bigint AS center_confirmed_unit_fen,
           coalesce(sum(heads) FILTER (WHERE paid), 0)::bigint AS paid_heads,
           coalesce(sum(city_fen) FILTER (WHERE paid), 0)::bigint AS paid_city_fen,
           coalesce(sum(district_fen) FILTER (WHERE paid), 0)::bigint AS paid_district_fen,
           coalesce(sum(unit_fen) FILTER (WHERE paid), 0)::bigint AS paid_unit_fen
    FROM (SELECT l.*, l.state = 'in_review' AS in_review, l.state = 'completed' AS completed,
                 {payment} <> 'awaiting_confirmation' AS center_confirmed,
                 {payment} IN ('settled', 'nothing_due') AS paid
          FROM {paid_lines} WHERE l.union_id = :union_id AND l.year = :year) AS l""",
    payment=PAYMENT,
    paid_lines=PAID_LINES,
)


async def people(connection: Connection, union_id: UUID, year: int) -> dict[str, int]:
    """Counts of members by standing. `imported` counts all members.

    The counts by standing leave out people who are enrolled, as the lists do. `enrolled_otherwise` counts members who
    are not enrolled in this unit, because the same person is enrolled as a member of another unit.
    """
    [row] = await PEOPLE.fetch(connection, union_id=union_id, year=year)
    return dict(row)


async def lines(connection: Connection, union_id: UUID, year: int) -> Record:
    """Heads and money of the union's lines by stage."""
    [row] = await LINES.fetch(connection, union_id=union_id, year=year)
    return row
