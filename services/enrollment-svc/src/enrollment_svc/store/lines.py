"""Batch lines and what became of them: set-based, whatever the number of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.words import Channel, Term
from enrollment_svc.domain.lines import LineState
from enrollment_svc.domain.money import Money

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]

#: Stands for "all lines of the submission" in an answer of the center.
ALL_LINES = UUID(int=0)

_REJECTED = """EXISTS (SELECT FROM center_answers a WHERE a.submission_no = $2 AND a.answer = 'rejected'
                       AND a.line_id IN ($1, '00000000-0000-0000-0000-000000000000'))"""


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


async def add(connection: "Connection", lines: Sequence[NewLine]) -> None:
    """The lines of one submission, each with the beginning of its history."""
    await connection.executemany(
        """INSERT INTO lines (line_id, batch_no, union_id, unit_id, unit_name, organization_code, credit_code, year,
                              channel, term, start_on, end_on, rate_city_fen, rate_district_fen, rate_unit_fen,
                              submitted_heads, heads, city_fen, district_fen, unit_fen, chain, round, replaces, state,
                              submitted_at, submitted_by, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16,
                   $13::bigint * $16::int, $14::bigint * $16::int, $15::bigint * $16::int, $17, $18, $19, 'in_review',
                   $20, $21, $20)""",
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
    )


async def lock(connection: "Connection", batch_no: str, line_id: UUID) -> "asyncpg.Record | None":
    """A line, held for a change."""
    return await connection.fetchrow(
        "SELECT * FROM lines WHERE line_id = $1 AND batch_no = $2 FOR UPDATE", line_id, batch_no
    )


async def end(
    connection: "Connection", line_id: UUID, state: LineState, reason: str | None, at: datetime, by: str
) -> None:
    """The whole line goes back: its people are free, heads and money are nothing, the history stays (A48, A49, A50)."""
    await connection.execute(
        """WITH ended AS (
               UPDATE lines SET state = $2, heads = 0, city_fen = 0, district_fen = 0, unit_fen = 0, withdrawal = NULL,
                      decided_at = CASE WHEN $2 = 'withdrawn' THEN decided_at ELSE $4 END,
                      updated_at = $4, version = version + 1
               WHERE line_id = $1 AND state IN ('in_review', 'completed') RETURNING line_id),
           freed AS (
               UPDATE enrollments e SET state = $2, reason = $3 FROM ended
               WHERE e.line_id = ended.line_id AND e.state = 'held')
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, $4, $2, $5, 0, $3 FROM ended""",
        line_id,
        state,
        reason,
        at,
        by,
    )


async def return_people(
    connection: "Connection",
    line_id: UUID,
    member_ids: Sequence[UUID],
    heads: int,
    fee: Money,
    reason: str,
    at: datetime,
    by: str,
) -> None:
    """Some of a line's people go back; the line keeps number, dates and state (A48)."""
    await connection.execute(
        """WITH freed AS (
               UPDATE enrollments SET state = 'returned', reason = $7
               WHERE line_id = $1 AND member_id = ANY ($2) AND state = 'held' RETURNING member_id),
           kept AS (
               UPDATE lines SET state = 'in_review', heads = $3, city_fen = $4, district_fen = $5, unit_fen = $6,
                      decided_at = $8, updated_at = $8, version = version + 1
               WHERE line_id = $1 AND state IN ('in_review', 'completed') RETURNING line_id)
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, $8, 'people_returned', $9, (SELECT count(*) FROM freed), $7 FROM kept""",
        line_id,
        member_ids,
        heads,
        fee.city_fen,
        fee.district_fen,
        fee.unit_fen,
        reason,
        at,
        by,
    )


async def complete(
    connection: "Connection", line_id: UUID, submission_no: str, heads: int, fee: Money, at: datetime
) -> None:
    """The district submitted the line to the center (F184); the center's rejection may have come first (A53)."""
    await connection.execute(
        f"""WITH done AS (
               UPDATE lines SET submission_no = $2, heads = $3, city_fen = $4, district_fen = $5, unit_fen = $6,
                      state = CASE WHEN {_REJECTED} THEN 'in_review' ELSE 'completed' END, withdrawal = NULL,
                      decided_at = $7, updated_at = $7, version = version + 1
               WHERE line_id = $1 AND state IN ('in_review', 'completed') RETURNING line_id)
            INSERT INTO line_history (line_id, at, what, by, heads, reason)
            SELECT line_id, $7, 'completed', $2, $3, NULL FROM done""",  # noqa: S608
        line_id,
        submission_no,
        heads,
        fee.city_fen,
        fee.district_fen,
        fee.unit_fen,
        at,
    )


async def center_rejected(
    connection: "Connection", submission_no: str, line_ids: Sequence[UUID], reason: str, at: datetime
) -> None:
    """Rejected lines are with the district again; people, city keys, dates and price stay (A53)."""
    await _center_answered(connection, submission_no, line_ids or [ALL_LINES], "rejected", reason, at)
    await connection.execute(
        """WITH back AS (
               UPDATE lines SET state = 'in_review', updated_at = $4, version = version + 1
               WHERE submission_no = $1 AND state = 'completed' AND ($2::uuid[] = '{}' OR line_id = ANY ($2))
               RETURNING line_id, heads)
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, $4, 'center_rejected', $1, heads, $3 FROM back ORDER BY line_id""",
        submission_no,
        line_ids,
        reason,
        at,
    )


async def center_confirmed(connection: "Connection", submission_no: str, at: datetime) -> None:
    """The center accepted the submission's list (F246)."""
    await _center_answered(connection, submission_no, [ALL_LINES], "confirmed", None, at)


async def _center_answered(
    connection: "Connection",
    submission_no: str,
    line_ids: Sequence[UUID],
    answer: str,
    reason: str | None,
    at: datetime,
) -> None:
    """Keep an answer: lines are told of their submission on another key, perhaps later."""
    await connection.execute(
        """INSERT INTO center_answers (submission_no, line_id, answer, reason, answered_at)
           SELECT $1, id, $3, $4, $5 FROM unnest($2::uuid[]) AS id ORDER BY id
           ON CONFLICT (submission_no, line_id) DO NOTHING""",
        submission_no,
        line_ids,
        answer,
        reason,
        at,
    )


async def ask_withdrawal(connection: "Connection", line_id: UUID, at: datetime, by: str) -> None:
    """The unit asked for the line; review-svc will answer."""
    await connection.execute(
        """WITH asked AS (
               UPDATE lines SET withdrawal = 'requested', updated_at = $2, version = version + 1
               WHERE line_id = $1 RETURNING line_id, heads)
           INSERT INTO line_history (line_id, at, what, by, heads)
           SELECT line_id, $2, 'withdrawal_requested', $3, heads FROM asked""",
        line_id,
        at,
        by,
    )


async def refuse_withdrawal(connection: "Connection", line_id: UUID, code: str, at: datetime) -> None:
    """A reviewer had acted already."""
    await connection.execute(
        """WITH refused AS (
               UPDATE lines SET withdrawal = 'refused', decided_at = $3, updated_at = $3, version = version + 1
               WHERE line_id = $1 AND withdrawal = 'requested' RETURNING line_id, heads)
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, $3, 'withdrawal_refused', '', heads, $2 FROM refused""",
        line_id,
        code,
        at,
    )
