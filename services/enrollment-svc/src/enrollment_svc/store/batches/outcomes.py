"""Stores decisions about lines. The number of statements does not depend on the number of people.

The argument `before` of the functions: the states in which the action is allowed. If the line is in none of these
states, the statement changes nothing and returns no row. `complete` also returns no row if the line is already
completed by the same submission to the center.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from contracts.words import Term
from enrollment_svc.domain.batches.lines import LineState
from enrollment_svc.domain.rates.money import Money

#: If the center's answer is about all lines of a submission, it is stored with this `line_id`.
ALL_LINES = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Return:
    """The decision to return some people of a line. `heads` and `fee` are those of the people who stay in the line."""

    member_ids: Sequence[UUID]
    heads: int
    fee: Money
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A line that the district submitted to the center.

    `submission_no`: the number of the district's submission to the center. `start_on`, `end_on`, `term` and `rate` are
    None if the line keeps the values that it got when the union submitted it. They are set only if the cover starts on
    the day after the approval (A01).
    """

    submission_no: str
    heads: int
    fee: Money
    at: datetime
    start_on: date | None = None
    end_on: date | None = None
    term: Term | None = None
    rate: Money | None = None


END = Statement(
    """WITH ended AS (
           UPDATE lines SET state = :state, heads = 0, city_fen = 0, district_fen = 0, unit_fen = 0, withdrawal = NULL,
                  decided_at = CASE WHEN :state = 'withdrawn' THEN decided_at ELSE :at END,
                  updated_at = :at, version = version + 1
           WHERE line_id = :line_id AND state = ANY (:before) RETURNING *),
       freed AS (
           UPDATE enrollments AS e SET state = :state, reason = :reason FROM ended
           WHERE e.line_id = ended.line_id AND e.state = 'held'),
       history AS (
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, :at, :state, :by, 0, :reason FROM ended)
       SELECT * FROM ended"""
)
RETURN_PEOPLE = Statement(
    """WITH kept AS (
           UPDATE lines SET state = 'in_review', heads = :heads, city_fen = :city_fen, district_fen = :district_fen,
                  unit_fen = :unit_fen, decided_at = :at, updated_at = :at, version = version + 1
           WHERE line_id = :line_id AND state = ANY (:before) RETURNING *),
       freed AS (
           UPDATE enrollments AS e SET state = 'returned', reason = :reason FROM kept
           WHERE e.line_id = kept.line_id AND e.member_id = ANY (:member_ids) AND e.state = 'held'
           RETURNING e.member_id),
       history AS (
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, :at, 'people_returned', :by, (SELECT count(*) FROM freed), :reason FROM kept)
       SELECT * FROM kept"""
)
COMPLETE = Statement(
    """WITH completed AS (
           UPDATE lines SET submission_no = :submission_no, heads = :heads, city_fen = :city_fen,
                  district_fen = :district_fen, unit_fen = :unit_fen, withdrawal = NULL,
                  state = CASE WHEN EXISTS (
                      SELECT FROM center_answers AS a WHERE a.submission_no = :submission_no AND a.answer = 'rejected'
                             AND a.line_id IN (:line_id, '00000000-0000-0000-0000-000000000000'))
                  THEN 'in_review' ELSE 'completed' END,
                  start_on = coalesce(:start_on, start_on), end_on = coalesce(:end_on, end_on),
                  term = coalesce(:term, term), rate_city_fen = coalesce(:rate_city_fen, rate_city_fen),
                  rate_district_fen = coalesce(:rate_district_fen, rate_district_fen),
                  rate_unit_fen = coalesce(:rate_unit_fen, rate_unit_fen),
                  decided_at = :at, updated_at = :at, version = version + 1
           WHERE line_id = :line_id AND state = ANY (:before)
                 AND (state <> 'completed' OR submission_no <> :submission_no) RETURNING *),
       history AS (
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, :at, 'completed', :submission_no, :heads, NULL FROM completed)
       SELECT * FROM completed"""
)
CENTER_REJECTED = Statement(
    """WITH reopened AS (
           UPDATE lines SET state = 'in_review', updated_at = :at, version = version + 1
           WHERE submission_no = :submission_no AND state = ANY (:before)
                 AND (:line_ids::uuid[] = '{}' OR line_id = ANY (:line_ids))
           RETURNING *),
       history AS (
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, :at, 'center_rejected', :submission_no, heads, :reason FROM reopened ORDER BY line_id)
       SELECT * FROM reopened ORDER BY batch_no, line_id"""
)
CENTER_ANSWERED = Statement(
    """INSERT INTO center_answers (submission_no, line_id, answer, reason, answered_at)
       SELECT :submission_no, id, :answer, :reason, :at FROM unnest(:line_ids::uuid[]) AS id ORDER BY id
       ON CONFLICT (submission_no, line_id) DO NOTHING"""
)
REQUEST_WITHDRAWAL = Statement(
    """WITH requested AS (
           UPDATE lines SET withdrawal = 'requested', updated_at = :at, version = version + 1
           WHERE line_id = :line_id RETURNING line_id, heads)
       INSERT INTO line_history (line_id, at, what, by, heads)
       SELECT line_id, :at, 'withdrawal_requested', :by, heads FROM requested"""
)
REFUSE_WITHDRAWAL = Statement(
    """WITH refused AS (
           UPDATE lines SET withdrawal = 'refused', decided_at = :at, updated_at = :at, version = version + 1
           WHERE line_id = :line_id AND withdrawal = 'requested' RETURNING *),
       history AS (
           INSERT INTO line_history (line_id, at, what, by, heads, reason)
           SELECT line_id, :at, 'withdrawal_refused', '', heads, :code FROM refused)
       SELECT * FROM refused"""
)
REASSIGN = Statement(
    """WITH moved AS (
           UPDATE lines SET chain = :chain, updated_at = :at, version = version + 1
           WHERE line_id = :line_id RETURNING line_id, heads)
       INSERT INTO line_history (line_id, at, what, by, heads, reason)
       SELECT line_id, :at, 'reassigned', :by, heads, :reason FROM moved"""
)


async def end(
    connection: Connection,
    line_id: UUID,
    before: Sequence[LineState],
    state: LineState,
    reason: str | None,
    at: datetime,
    by: str,
) -> Record | None:
    """Return or withdraw the whole line (A48–A50). Heads and money become 0, and the people can be submitted again."""
    return await END.fetchrow(
        connection, line_id=line_id, before=list(before), state=state, reason=reason, at=at, by=by
    )


async def return_people(
    connection: Connection, line_id: UUID, before: Sequence[LineState], returned: Return
) -> Record | None:
    """Record that a reviewer returns some of a line's people. The line keeps its batch number and its dates, and is
    under review afterwards (A48).
    """
    return await RETURN_PEOPLE.fetchrow(connection, returned, returned.fee, line_id=line_id, before=list(before))


async def complete(
    connection: Connection, line_id: UUID, before: Sequence[LineState], completion: Completion
) -> Record | None:
    """Record the district's submission to the center (F184).

    If the center's rejection arrived first, the line stays under review (A53).
    """
    rate = {f"rate_{share}": getattr(completion.rate, share, None) for share in Money.__slots__}
    return await COMPLETE.fetchrow(connection, completion, completion.fee, line_id=line_id, before=list(before), **rate)


async def center_rejected(
    connection: Connection,
    submission_no: str,
    line_ids: Sequence[UUID],
    before: Sequence[LineState],
    reason: str,
    at: datetime,
) -> list[Record]:
    """Put the rejected lines under review again. Their people, dates and price stay, and the enrollments stay live
    (A53).

    If `line_ids` is empty, all lines of the submission to the center are rejected. Returns the lines that this call put
    under review.
    """
    await _center_answered(connection, submission_no, line_ids or [ALL_LINES], "rejected", reason, at)
    return await CENTER_REJECTED.fetch(
        connection, submission_no=submission_no, line_ids=line_ids, before=list(before), reason=reason, at=at
    )


async def center_confirmed(connection: Connection, submission_no: str, at: datetime) -> None:
    """Record that the center accepted the submission's list (F246)."""
    await _center_answered(connection, submission_no, [ALL_LINES], "confirmed", None, at)


async def _center_answered(
    connection: Connection, submission_no: str, line_ids: Sequence[UUID], answer: str, reason: str | None, at: datetime
) -> None:
    """Store the center's answer to a district's submission. The answer can arrive before BatchCompleted of a line of
    the same submission.

    The key of the answer is the submission number, the key of BatchCompleted is the batch number. So the order of the
    two events is not fixed. If a rejection is stored already, `complete` leaves the line under review.
    """
    await CENTER_ANSWERED.execute(
        connection, submission_no=submission_no, line_ids=line_ids, answer=answer, reason=reason, at=at
    )


async def request_withdrawal(connection: Connection, line_id: UUID, at: datetime, by: str) -> None:
    """Record that the unit asks to withdraw the line. review-svc decides about the request."""
    await REQUEST_WITHDRAWAL.execute(connection, line_id=line_id, at=at, by=by)


async def refuse_withdrawal(connection: Connection, line_id: UUID, code: str, at: datetime) -> Record | None:
    """Record that the open request is refused. The line keeps its state. None if no request is open."""
    return await REFUSE_WITHDRAWAL.fetchrow(connection, line_id=line_id, code=code, at=at)


async def reassign(
    connection: Connection, line_id: UUID, chain: list[dict[str, str]], reason: str, at: datetime, by: str
) -> None:
    """Store the new chain of reviewers that screens show (A56)."""
    await REASSIGN.execute(connection, line_id=line_id, chain=chain, reason=reason, at=at, by=by)
