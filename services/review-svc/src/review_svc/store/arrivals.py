"""Statements on lines that arrive in parts."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.normalization import text_key
from chassis.sql import Connection
from contracts.enrollments import BatchSubmitted
from review_svc.domain.lines import LineState

if TYPE_CHECKING:
    import asyncpg


async def open_line(connection: Connection, event: BatchSubmitted, now: datetime) -> None:
    """Keep a line's header, once, whichever part brings it first."""
    half = event.half_year_rate
    await connection.execute(
        """INSERT INTO lines (line_id, batch_no, union_id, union_name, unit_id, unit_name, organization_code,
               credit_code, year, plan, plan_name, enrollment_type, channel, term, start_on, end_on,
               rate_city_fen, rate_district_fen, rate_unit_fen, submitted_heads, heads, city_fen, district_fen,
               unit_fen, chain, chain_names, reviewer_id, state, parts_expected, replaces, round, submitted_at,
               submitted_by, start_rule, half_year_from, half_year_city_fen, half_year_district_fen,
               half_year_unit_fen, updated_at, unit_name_key, submitted_by_union_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20,
               $21, $22, $23, $24::uuid[], $25::text[], $26, 'arriving', $27, $28, $29, $30, $31, $32, $33, $34, $35,
               $36, $37, $38, $39)
           ON CONFLICT (line_id) DO NOTHING""",
        *(event.line_id, event.batch_no, event.union_id, event.union_name, event.unit_id, event.unit_name),
        *(event.organization_code, event.credit_code, event.year, event.plan, event.plan_name),
        *(event.enrollment_type.value, event.channel.value, event.term.value, event.start_on, event.end_on),
        *(event.rate.city_fen, event.rate.district_fen, event.rate.unit_fen, event.heads),
        *(event.fee.city_fen, event.fee.district_fen, event.fee.unit_fen),
        [step.union_id for step in event.chain],
        [step.name for step in event.chain],
        event.chain[0].union_id,
        event.part.count,
        *(event.replaces, event.round, event.submitted_at, event.submitted_by),
        *(event.start_rule.value, event.half_year_from),
        *((half.city_fen, half.district_fen, half.unit_fen) if half else (None, None, None)),
        now,
        text_key(event.unit_name),
        event.submitted_by_union_id,
    )


async def count_part(
    connection: Connection, line_id: UUID, people: int, complete: LineState, now: datetime
) -> "asyncpg.Record":
    """One more part is here; with the last one the line is `complete`. Returns what has arrived and what should."""
    row: asyncpg.Record | None = await connection.fetchrow(
        """UPDATE lines SET parts_arrived = parts_arrived + 1, people_arrived = people_arrived + $2, updated_at = $4,
               state = CASE WHEN parts_arrived + 1 = parts_expected THEN $3 ELSE state END
           WHERE line_id = $1 RETURNING parts_arrived, parts_expected, people_arrived, submitted_heads""",
        line_id,
        people,
        complete.value,
        now,
    )
    assert row is not None
    return row
