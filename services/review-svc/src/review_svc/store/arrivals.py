"""Writes lines whose people arrive in parts."""

from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.normalization import text_key
from chassis.sql import Connection, Statement
from contracts.enrollments import BatchSubmitted
from review_svc.domain.lines import LineState

OPEN = Statement(
    """INSERT INTO lines (line_id, batch_no, union_id, union_name, unit_id, unit_name, organization_code,
           credit_code, year, plan, plan_name, enrollment_type, channel, term, start_on, end_on,
           rate_city_fen, rate_district_fen, rate_unit_fen, submitted_heads, heads, city_fen, district_fen,
           unit_fen, chain, chain_names, reviewer_id, state, parts_expected, replaces, round, submitted_at,
           submitted_by, submitted_by_union_id, start_rule, half_year_from, half_year_city_fen,
           half_year_district_fen, half_year_unit_fen, updated_at, unit_name_key)
       VALUES (:line_id, :batch_no, :union_id, :union_name, :unit_id, :unit_name, :organization_code,
           :credit_code, :year, :plan, :plan_name, :enrollment_type, :channel, :term, :start_on, :end_on,
           :rate_city_fen, :rate_district_fen, :rate_unit_fen, :heads, :heads, :city_fen, :district_fen,
           :unit_fen, :chain, :chain_names, :reviewer_id, 'arriving', :parts_expected, :replaces, :round, :submitted_at,
           :submitted_by, :submitted_by_union_id, :start_rule, :half_year_from, :half_year_city_fen,
           :half_year_district_fen, :half_year_unit_fen, :now, :unit_name_key)
       ON CONFLICT (line_id) DO NOTHING"""
)
COUNT_PART = Statement(
    """UPDATE lines SET parts_arrived = parts_arrived + 1, people_arrived = people_arrived + :people, updated_at = :now,
           state = CASE WHEN parts_arrived + 1 = parts_expected THEN :complete ELSE state END
       WHERE line_id = :line_id RETURNING parts_arrived, parts_expected, people_arrived, submitted_heads"""
)


async def open_line(connection: Connection, event: BatchSubmitted, now: datetime) -> None:
    """Store the line itself, without its people, when its first part arrives. For later parts, do nothing."""
    half = event.half_year_rate
    await OPEN.execute(
        connection,
        event,
        event.fee,
        rate_city_fen=event.rate.city_fen,
        rate_district_fen=event.rate.district_fen,
        rate_unit_fen=event.rate.unit_fen,
        chain=[step.union_id for step in event.chain],
        chain_names=[step.name for step in event.chain],
        reviewer_id=event.chain[0].union_id,
        parts_expected=event.part.count,
        half_year_city_fen=half and half.city_fen,
        half_year_district_fen=half and half.district_fen,
        half_year_unit_fen=half and half.unit_fen,
        unit_name_key=text_key(event.unit_name),
        now=now,
    )


async def count_part(connection: Connection, line_id: UUID, people: int, complete: LineState, now: datetime) -> Record:
    """Count one more arrived part with this many `people`. After the last part, the line gets the state `complete`.

    Returns the arrived and the expected numbers of parts and of people.
    """
    [row] = await COUNT_PART.fetch(connection, line_id=line_id, people=people, complete=complete, now=now)
    return row
