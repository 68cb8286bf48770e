"""Batch lines as they are submitted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from contracts.words import Channel, StartRule, Term
from enrollment_svc.domain.money import Money

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class NewLine:
    line_id: UUID
    batch_no: str
    union_id: UUID
    unit_id: UUID
    unit_name: str
    organization_code: str | None
    credit_code: str | None
    year: int
    channel: Channel
    term: Term
    start_on: date
    end_on: date
    rate: Money
    heads: int
    chain: list[dict[str, str]]
    round: int
    replaces: str | None
    submitted_at: datetime
    submitted_by: str
    start_rule: StartRule = StartRule.SUBMIT_NEXT_DAY
    submitted_by_union_id: UUID | None = None


async def add(connection: Connection, lines: Sequence[NewLine]) -> None:
    """The lines of one submission, each with the beginning of its history."""
    await connection.executemany(
        """INSERT INTO lines (line_id, batch_no, union_id, unit_id, unit_name, organization_code, credit_code, year,
                              channel, term, start_on, end_on, rate_city_fen, rate_district_fen, rate_unit_fen,
                              submitted_heads, heads, city_fen, district_fen, unit_fen, chain, round, replaces, state,
                              submitted_at, submitted_by, updated_at, start_rule)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16,
                   $13::bigint * $16::int, $14::bigint * $16::int, $15::bigint * $16::int, $17, $18, $19, 'in_review',
                   $20, $21, $20, $22)""",
        [_parameters(line) for line in lines],
    )
    await connection.executemany(
        """INSERT INTO line_history (line_id, at, what, by, heads) VALUES ($1, $2, 'submitted', $3, $4)""",
        [(line.line_id, line.submitted_at, line.submitted_by, line.heads) for line in lines],
    )


def _parameters(line: NewLine) -> tuple[Any, ...]:
    return (
        line.line_id,
        line.batch_no,
        line.union_id,
        line.unit_id,
        line.unit_name,
        line.organization_code,
        line.credit_code,
        line.year,
        line.channel,
        line.term,
        line.start_on,
        line.end_on,
        line.rate.city_fen,
        line.rate.district_fen,
        line.rate.unit_fen,
        line.heads,
        line.chain,
        line.round,
        line.replaces,
        line.submitted_at,
        line.submitted_by,
        line.start_rule,
    )


async def lock(connection: Connection, batch_no: str, line_id: UUID) -> "asyncpg.Record | None":
    """A line, held for a change."""
    return await connection.fetchrow(
        "SELECT * FROM lines WHERE line_id = $1 AND batch_no = $2 FOR UPDATE", line_id, batch_no
    )


async def find(connection: Connection, line_id: UUID) -> "asyncpg.Record | None":
    """A line as it is."""
    return await connection.fetchrow("SELECT * FROM lines WHERE line_id = $1", line_id)


async def lock_all(connection: Connection, line_ids: Iterable[UUID]) -> None:
    """Take lines for this transaction, sorted; those that are not there are left out."""
    await connection.execute(
        "SELECT FROM lines WHERE line_id = ANY ($1) ORDER BY line_id FOR UPDATE", sorted(set(line_ids))
    )
