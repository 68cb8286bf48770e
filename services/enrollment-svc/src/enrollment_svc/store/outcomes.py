"""What became of lines: set-based, whatever the number of people.

A statement that returns nothing moved nothing: the line was in none of the states `before`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.sql import Connection
from contracts.words import Term
from enrollment_svc.domain.lines import LineState
from enrollment_svc.domain.money import Money

if TYPE_CHECKING:
    import asyncpg

#: Stands for "all lines of the submission" in an answer of the center.
ALL_LINES = UUID(int=0)

_REJECTED = """EXISTS (SELECT FROM center_answers a WHERE a.submission_no = $2 AND a.answer = 'rejected'
                       AND a.line_id IN ($1, '00000000-0000-0000-0000-000000000000'))"""


@dataclass(frozen=True, slots=True)
class Return:
    """People who go back, and what the line keeps."""

    member_ids: Sequence[UUID]
    heads: int
    fee: Money
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A line that the district submitted to the center. Dates, term and rate are None unless settled only now (A01)."""

    submission_no: str
    heads: int
    fee: Money
    at: datetime
    start_on: date | None = None
    end_on: date | None = None
    term: Term | None = None
    rate: Money | None = None


async def end(
    connection: Connection,
    line_id: UUID,
    before: Sequence[LineState],
    state: LineState,
    reason: str | None,
    at: datetime,
    by: str,
) -> "asyncpg.Record | None":
    """The whole line goes back: its people are free, heads and money are nothing, the history stays (A48, A49, A50)."""
    return await connection.fetchrow(
        """WITH ended AS (
               UPDATE lines SET state = $2, heads = 0, city_fen = 0, district_fen = 0, unit_fen = 0, withdrawal = NULL,
                      decided_at = CASE WHEN $2 = 'withdrawn' THEN decided_at ELSE $4 END,
                      updated_at = $4, version = version + 1
               WHERE line_id = $1 AND state = ANY ($6) RETURNING *),
           freed AS (
               UPDATE enrollments e SET state = $2, reason = $3 FROM ended
               WHERE e.line_id = ended.line_id AND e.state = 'held'),
           told AS (
               INSERT INTO line_history (line_id, at, what, by, heads, reason)
               SELECT line_id, $4, $2, $5, 0, $3 FROM ended)
           SELECT * FROM ended""",
        line_id,
        state,
        reason,
        at,
        by,
        list(before),
    )


async def return_people(
    connection: Connection, line_id: UUID, before: Sequence[LineState], back: Return
) -> "asyncpg.Record | None":
    """Some of a line's people go back; the line keeps number, dates and state (A48)."""
    return await connection.fetchrow(
        """WITH kept AS (
               UPDATE lines SET state = 'in_review', heads = $3, city_fen = $4, district_fen = $5, unit_fen = $6,
                      decided_at = $8, updated_at = $8, version = version + 1
               WHERE line_id = $1 AND state = ANY ($10) RETURNING *),
           freed AS (
               UPDATE enrollments e SET state = 'returned', reason = $7 FROM kept
               WHERE e.line_id = kept.line_id AND e.member_id = ANY ($2) AND e.state = 'held' RETURNING e.member_id),
           told AS (
               INSERT INTO line_history (line_id, at, what, by, heads, reason)
               SELECT line_id, $8, 'people_returned', $9, (SELECT count(*) FROM freed), $7 FROM kept)
           SELECT * FROM kept""",
        line_id,
        back.member_ids,
        back.heads,
        back.fee.city_fen,
        back.fee.district_fen,
        back.fee.unit_fen,
        back.reason,
        back.at,
        back.by,
        list(before),
    )


async def complete(
    connection: Connection, line_id: UUID, before: Sequence[LineState], done: Completion
) -> "asyncpg.Record | None":
    """The district submitted the line to the center (F184); the center's rejection may have come first (A53)."""
    rate = done.rate
    return await connection.fetchrow(
        f"""WITH done AS (
               UPDATE lines SET submission_no = $2, heads = $3, city_fen = $4, district_fen = $5, unit_fen = $6,
                      state = CASE WHEN {_REJECTED} THEN 'in_review' ELSE 'completed' END, withdrawal = NULL,
                      start_on = coalesce($8, start_on), end_on = coalesce($9, end_on), term = coalesce($10, term),
                      rate_city_fen = coalesce($11, rate_city_fen),
                      rate_district_fen = coalesce($12, rate_district_fen),
                      rate_unit_fen = coalesce($13, rate_unit_fen),
                      decided_at = $7, updated_at = $7, version = version + 1
               WHERE line_id = $1 AND state = ANY ($14) AND (state <> 'completed' OR submission_no <> $2) RETURNING *),
           told AS (
               INSERT INTO line_history (line_id, at, what, by, heads, reason)
               SELECT line_id, $7, 'completed', $2, $3, NULL FROM done)
           SELECT * FROM done""",  # noqa: S608
        line_id,
        done.submission_no,
        done.heads,
        done.fee.city_fen,
        done.fee.district_fen,
        done.fee.unit_fen,
        done.at,
        done.start_on,
        done.end_on,
        done.term,
        rate.city_fen if rate else None,
        rate.district_fen if rate else None,
        rate.unit_fen if rate else None,
        list(before),
    )


async def center_rejected(
    connection: Connection,
    submission_no: str,
    line_ids: Sequence[UUID],
    before: Sequence[LineState],
    reason: str,
    at: datetime,
) -> list["asyncpg.Record"]:
    """Rejected lines are with the district again; people, city keys, dates and price stay (A53)."""
    await _center_answered(connection, submission_no, line_ids or [ALL_LINES], "rejected", reason, at)
    return await connection.fetch(
        """WITH back AS (
               UPDATE lines SET state = 'in_review', updated_at = $4, version = version + 1
               WHERE submission_no = $1 AND state = ANY ($5) AND ($2::uuid[] = '{}' OR line_id = ANY ($2))
               RETURNING *),
           told AS (
               INSERT INTO line_history (line_id, at, what, by, heads, reason)
               SELECT line_id, $4, 'center_rejected', $1, heads, $3 FROM back ORDER BY line_id)
           SELECT * FROM back ORDER BY batch_no, line_id""",
        submission_no,
        line_ids,
        reason,
        at,
        list(before),
    )


async def center_confirmed(connection: Connection, submission_no: str, at: datetime) -> None:
    """The center accepted the submission's list (F246)."""
    await _center_answered(connection, submission_no, [ALL_LINES], "confirmed", None, at)


async def _center_answered(
    connection: Connection,
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


async def ask_withdrawal(connection: Connection, line_id: UUID, at: datetime, by: str) -> None:
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


async def refuse_withdrawal(connection: Connection, line_id: UUID, code: str, at: datetime) -> "asyncpg.Record | None":
    """A reviewer had acted already. The line stays what it is, whatever that is by now."""
    return await connection.fetchrow(
        """WITH refused AS (
               UPDATE lines SET withdrawal = 'refused', decided_at = $3, updated_at = $3, version = version + 1
               WHERE line_id = $1 AND withdrawal = 'requested' RETURNING *),
           told AS (
               INSERT INTO line_history (line_id, at, what, by, heads, reason)
               SELECT line_id, $3, 'withdrawal_refused', '', heads, $2 FROM refused)
           SELECT * FROM refused""",
        line_id,
        code,
        at,
    )


async def reassign(
    connection: Connection, line_id: UUID, chain: list[dict[str, str]], reason: str, at: datetime, by: str
) -> None:
    """Another reviewer stands in the chain that is shown (A56)."""
    await connection.execute(
        """WITH moved AS (
               UPDATE lines SET chain = $2, updated_at = $4, version = version + 1
               WHERE line_id = $1 RETURNING line_id, heads)
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, $4, 'reassigned', $5, heads, $3 FROM moved""",
        line_id,
        chain,
        reason,
        at,
        by,
    )
