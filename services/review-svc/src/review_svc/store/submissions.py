"""Reads, locks and changes district submissions and their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of
from contracts.fields import Shares
from review_svc.tables import SubmissionLineRow


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """The values of a new row. `handler`: the handler's data, encrypted. `account`: the account that submits."""

    submission_no: str
    union_id: UUID
    union_name: str
    year: int
    enrollment_type: str
    heads: int
    fee: Shares
    handler: bytes
    account: str


NEXT_COUNT = Statement(
    """INSERT INTO submission_counters AS c (day, last) VALUES (:day, 1)
       ON CONFLICT (day) DO UPDATE SET last = c.last + 1 RETURNING last"""
)
INSERT = Statement(
    """INSERT INTO submissions (submission_no, union_id, union_name, year, enrollment_type, submitted_heads, heads,
           city_fen, district_fen, unit_fen, handler, state, submitted_at, submitted_by, updated_at)
       VALUES (:submission_no, :union_id, :union_name, :year, :enrollment_type, :heads, :heads,
           :city_fen, :district_fen, :unit_fen, :handler, 'submitted', :now, :account, :now)"""
)
INSERT_LINES = Statement(
    """INSERT INTO submission_lines (submission_no, {line})
       SELECT :submission_no, {line} FROM lines WHERE line_id = ANY(:line_ids)""",
    line=columns_of(SubmissionLineRow).without("submission_no", "state"),
)
FIND = Statement("SELECT * FROM submissions WHERE submission_no = :submission_no")
LOCK = Statement("{find} FOR UPDATE", find=FIND)
LINES_IN = Statement(
    "SELECT * FROM submission_lines WHERE submission_no = :submission_no AND state = 'in' ORDER BY line_id"
)
ALL_LINES = Statement(
    """SELECT s.*, l.unit_name, l.channel FROM submission_lines AS s JOIN lines AS l USING (line_id)
       WHERE s.submission_no = :submission_no ORDER BY s.line_id"""
)
RECEIVED = Statement(
    """UPDATE submissions SET received_at = coalesce(received_at, :now), updated_at = :now
       WHERE submission_no = :submission_no"""
)
DECIDE = Statement(
    """UPDATE submissions SET state = :state, reason = :reason, decided_at = :decided_at, updated_at = :now
       WHERE submission_no = :submission_no"""
)
DROP_LINES = Statement(
    """UPDATE submission_lines SET state = 'rejected'
       WHERE submission_no = :submission_no AND line_id = ANY(:line_ids)"""
)
RECOUNT = Statement(
    """UPDATE submissions AS s SET heads = n.heads, city_fen = n.city, district_fen = n.district, unit_fen = n.unit,
           updated_at = :now
       FROM (SELECT coalesce(sum(heads), 0) AS heads, coalesce(sum(city_fen), 0) AS city,
                    coalesce(sum(district_fen), 0) AS district, coalesce(sum(unit_fen), 0) AS unit
             FROM submission_lines WHERE submission_no = :submission_no AND state = 'in') AS n
       WHERE s.submission_no = :submission_no RETURNING s.*"""
)
FEEDBACK = Statement(
    """UPDATE submissions SET feedback_at = :at, feedback_result = :result, feedback_text = :text, updated_at = :now
       WHERE submission_no = ANY(:submission_nos) AND (feedback_at IS NULL OR feedback_at <= :at)"""
)


async def next_count(connection: Connection, day: date) -> int:
    """Count one more submission of the day, and return the count. Locks the day's counter until the transaction ends.

    Call this after all other locks, because every other submission of the day waits for the counter.
    """
    return int(await NEXT_COUNT.fetchval(connection, day=day))


async def insert(connection: Connection, submission: NewSubmission, now: datetime) -> None:
    """Add a submission that goes to the center."""
    await INSERT.execute(connection, submission, submission.fee, now=now)


async def insert_lines(connection: Connection, submission_no: str, line_ids: Sequence[UUID]) -> None:
    """Copy the lines, as they are at the time of the call, into the submission."""
    await INSERT_LINES.execute(connection, submission_no=submission_no, line_ids=list(line_ids))


async def find(connection: Connection, submission_no: str) -> Record | None:
    """One submission."""
    return await FIND.fetchrow(connection, submission_no=submission_no)


async def lock(connection: Connection, submission_no: str) -> Record | None:
    """One submission, locked."""
    return await LOCK.fetchrow(connection, submission_no=submission_no)


async def lines_in(connection: Connection, submission_no: str) -> list[Record]:
    """The submission's lines that the center did not reject."""
    return await LINES_IN.fetch(connection, submission_no=submission_no)


async def all_lines(connection: Connection, submission_no: str) -> list[Record]:
    """All lines of the submission, also rejected ones, with the names of their units and their channels."""
    return await ALL_LINES.fetch(connection, submission_no=submission_no)


async def received(connection: Connection, submission_no: str, now: datetime) -> None:
    """Store that the center has received all parts of the submission."""
    await RECEIVED.execute(connection, submission_no=submission_no, now=now)


async def decide(
    connection: Connection, submission_no: str, state: str, reason: str | None, decided_at: datetime, now: datetime
) -> None:
    """Store the center's decision. `decided_at`: when the center decided. The days to pay are counted from it (A62)."""
    await DECIDE.execute(
        connection, submission_no=submission_no, state=state, reason=reason, decided_at=decided_at, now=now
    )


async def drop_lines(connection: Connection, submission_no: str, line_ids: Sequence[UUID], now: datetime) -> Record:
    """Mark lines as rejected, and recount the heads and money of the submission. Returns the submission's row."""
    await DROP_LINES.execute(connection, submission_no=submission_no, line_ids=list(line_ids))
    [row] = await RECOUNT.fetch(connection, submission_no=submission_no, now=now)
    return row


async def feedback(
    connection: Connection, submission_nos: Sequence[str], result: str, text: str | None, at: datetime, now: datetime
) -> None:
    """Store the center's feedback on the payment for these submissions (A24). Newer feedback is not overwritten."""
    await FEEDBACK.execute(connection, submission_nos=list(submission_nos), result=result, text=text, at=at, now=now)
