"""Reads, locks and changes lines: their states, chains, heads and money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of, set_of
from contracts.words import EnrollmentType
from review_svc.domain.lines import Line, LineState
from review_svc.tables import LineRow

#: The columns of a row for `settle`. The first column is the line's id. The columns after it (dates, term, and rate
#: per person) get new values.
SETTLED = columns_of(
    LineRow, "line_id", "start_on", "end_on", "term", "rate_city_fen", "rate_district_fen", "rate_unit_fen"
)

FIND = Statement("SELECT * FROM lines WHERE line_id = :line_id")
FIND_ALL = Statement("SELECT * FROM lines WHERE line_id = ANY(:line_ids) ORDER BY line_id")
LOCK = Statement("{find_all} FOR UPDATE", find_all=FIND_ALL)
STAGED = Statement(
    """SELECT * FROM lines WHERE reviewer_id = :reviewer_id AND state = 'staged'
         AND (:enrollment_type::text IS NULL OR enrollment_type = :enrollment_type) ORDER BY line_id"""
)
LOCK_STAGED = Statement("{staged} FOR UPDATE", staged=STAGED)
LOCK_OPEN = Statement(
    """SELECT * FROM lines WHERE chain @> ARRAY[:union_id::uuid] AND :union_id = ANY(chain[step + 1:])
         AND state IN ('arriving', 'pending', 'staged') ORDER BY line_id FOR UPDATE"""
)
SET_STATE = Statement(
    "UPDATE lines SET state = :state, version = version + 1, updated_at = :now WHERE line_id = ANY(:line_ids)"
)
PASS_UP = Statement(
    """UPDATE lines SET step = step + 1, reviewer_id = chain[step + 2], state = :state, passed_up = true,
           version = version + 1, updated_at = :now WHERE line_id = ANY(:line_ids)"""
)
COMPLETE = Statement(
    """UPDATE lines SET state = :state, submission_no = :submission_no, passed_up = true, version = version + 1,
           settled_at = coalesce(settled_at, :now), updated_at = :now WHERE line_id = ANY(:line_ids)"""
)
SETTLE = Statement(
    """UPDATE lines AS l SET {changes}, city_fen = s.rate_city_fen * l.heads,
           district_fen = s.rate_district_fen * l.heads, unit_fen = s.rate_unit_fen * l.heads
       FROM {lines} AS s WHERE l.line_id = s.line_id""",
    changes=set_of(SETTLED.without("line_id"), "s"),
    lines=rows_of(SETTLED),
)
REOPEN = Statement(
    """UPDATE lines SET state = :state, submission_no = NULL, version = version + 1, updated_at = :now
       WHERE line_id = ANY(:line_ids)"""
)
END = Statement(
    """UPDATE lines SET state = :state, heads = 0, city_fen = 0, district_fen = 0, unit_fen = 0, flagged = 0,
           version = version + 1, updated_at = :now WHERE line_id = :line_id"""
)
RECOUNT = Statement(
    """UPDATE lines AS l SET heads = n.heads, flagged = n.flagged, city_fen = l.rate_city_fen * n.heads,
           district_fen = l.rate_district_fen * n.heads, unit_fen = l.rate_unit_fen * n.heads,
           version = l.version + 1, updated_at = :now
       FROM (SELECT ((SELECT sum(people) FROM line_parts WHERE line_id = :line_id)
                     - count(*) FILTER (WHERE state = 'returned'))::integer AS heads,
                    (count(flag) FILTER (WHERE state = 'in'))::integer AS flagged
             FROM marked_people WHERE line_id = :line_id) AS n
       WHERE l.line_id = :line_id RETURNING l.*"""
)
COUNT_FLAGS = Statement(
    """UPDATE lines AS l SET version = l.version + 1, updated_at = :now, flagged = (
           SELECT count(*) FROM marked_people WHERE line_id = :line_id AND state = 'in' AND flag IS NOT NULL)
       WHERE l.line_id = :line_id"""
)
REASSIGN = Statement(
    """UPDATE lines SET chain = :chain::uuid[], chain_names = :names, reviewer_id = (:chain)[step + 1],
           state = :state, version = version + 1, updated_at = :now WHERE line_id = ANY(:line_ids)"""
)
SUBMITTED_BY = Statement(
    "SELECT EXISTS (SELECT FROM lines WHERE submission_no = :submission_no AND submitted_by = :account)"
)


def line_of(row: Record) -> Line:
    """The row as a `Line`, which contains only the data that the rules need."""
    return Line(
        line_id=row["line_id"],
        batch_no=row["batch_no"],
        union_id=row["union_id"],
        unit_id=row["unit_id"],
        enrollment_type=EnrollmentType(row["enrollment_type"]),
        chain=tuple(row["chain"]),
        step=row["step"],
        state=LineState(row["state"]),
        version=row["version"],
        passed_up=row["passed_up"],
        heads=row["heads"],
        submitted_by=row["submitted_by"],
        submitted_by_union_id=row["submitted_by_union_id"],
    )


async def lock_lines(connection: Connection, line_ids: Sequence[UUID]) -> list[Record]:
    """The lines with these ids, locked in the order of their ids."""
    return await LOCK.fetch(connection, line_ids=list(line_ids))


async def lock_staged(connection: Connection, reviewer_id: UUID, enrollment_type: str | None) -> list[Record]:
    """A reviewer's list 待提交, locked in the order of ids. `enrollment_type` None = both types."""
    return await LOCK_STAGED.fetch(connection, reviewer_id=reviewer_id, enrollment_type=enrollment_type)


async def lock_open_of(connection: Connection, union_id: UUID) -> list[Record]:
    """The open lines that a union has to review, now or at a later step, locked in the order of their ids."""
    return await LOCK_OPEN.fetch(connection, union_id=union_id)


async def set_state(connection: Connection, line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """Set the state of lines and increment their version."""
    await SET_STATE.execute(connection, line_ids=list(line_ids), state=state, now=now)


async def pass_up(connection: Connection, line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """Move each line to the list of the next reviewer in the line's chain (its reviewing unions, in order)."""
    await PASS_UP.execute(connection, line_ids=list(line_ids), state=state, now=now)


async def complete(
    connection: Connection, line_ids: Sequence[UUID], submission_no: str, state: LineState, now: datetime
) -> None:
    """Set lines to completed, and store the number of their submission.

    `passed_up` becomes true, so the unit can never withdraw such a line, even if the center rejects the line (A50).
    """
    await COMPLETE.execute(connection, line_ids=list(line_ids), submission_no=submission_no, state=state, now=now)


async def settle(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Set the dates, term, rate and money of lines that get these values only at the submission to the center (A01).

    A row is `(line_id, start_on, end_on, term, city, district, unit)`, money in fen per person.
    """
    await SETTLE.execute(connection, lines=rows)


async def reopen(connection: Connection, line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """Remove rejected lines from their submission. They go back to the district's list 待审批 (A53)."""
    await REOPEN.execute(connection, line_ids=list(line_ids), state=state, now=now)


async def end_line(connection: Connection, line_id: UUID, state: LineState, now: datetime) -> None:
    """Store that a whole line was returned or withdrawn: heads and money become 0, and the history stays (A49)."""
    await END.execute(connection, line_id=line_id, state=state, now=now)


async def recount(connection: Connection, line_id: UUID, now: datetime) -> Record:
    """Count the people who are still in the line, and compute the line's money from its rate (A48). Returns the row."""
    [row] = await RECOUNT.fetch(connection, line_id=line_id, now=now)
    return row


async def count_flags(connection: Connection, line_id: UUID, now: datetime) -> None:
    """Count the flagged people of the line (A54).

    The line's version goes up. So a command from a screen that was loaded before this change is refused (D19).
    """
    await COUNT_FLAGS.execute(connection, line_id=line_id, now=now)


async def reassign(
    connection: Connection,
    line_ids: Sequence[UUID],
    chain: Sequence[UUID],
    names: Sequence[str],
    state: LineState,
    now: datetime,
) -> None:
    """Give all lines in `line_ids` the same new chain and state (A56).

    A line keeps its step, which is its position in the chain. Its reviewer is then the union at this step of the new
    chain.
    """
    await REASSIGN.execute(
        connection, line_ids=list(line_ids), chain=list(chain), names=list(names), state=state, now=now
    )


async def find(connection: Connection, line_id: UUID) -> Record | None:
    """One line."""
    return await FIND.fetchrow(connection, line_id=line_id)


async def find_all(connection: Connection, line_ids: Sequence[UUID]) -> list[Record]:
    """The lines with these ids, not locked."""
    return await FIND_ALL.fetch(connection, line_ids=list(line_ids))


async def staged(connection: Connection, reviewer_id: UUID, enrollment_type: str) -> list[Record]:
    """A reviewer's list 待提交 of one enrollment type, not locked."""
    return await STAGED.fetch(connection, reviewer_id=reviewer_id, enrollment_type=enrollment_type)


async def submitted_by(connection: Connection, submission_no: str, account: str) -> bool:
    """Whether the account submitted a line of this submission."""
    return bool(await SUBMITTED_BY.fetchval(connection, submission_no=submission_no, account=account))
