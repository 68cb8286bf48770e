"""Statements on lines, their people and their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.enrollments import BatchSubmitted
from contracts.words import EnrollmentType
from review_svc.domain import Line, LineState

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]

PERSON_COLUMNS = (
    "line_id", "member_id", "member_no", "person_key", "document_type",
    "masked_name", "masked_number", "confirmed_by_hand", "sealed",
)  # fmt: skip


def line_of(row: "asyncpg.Record") -> Line:
    """A row as the rules see it."""
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
    )


async def open_line(connection: "Connection", event: BatchSubmitted, now: datetime) -> None:
    """Keep a line's header, once, whichever part brings it first."""
    await connection.execute(
        """INSERT INTO lines (line_id, batch_no, union_id, union_name, unit_id, unit_name, organization_code,
               credit_code, year, plan, plan_name, enrollment_type, channel, term, start_on, end_on,
               rate_city_fen, rate_district_fen, rate_unit_fen, submitted_heads, heads, city_fen, district_fen,
               unit_fen, chain, chain_names, reviewer_id, state, parts_expected, replaces, round, submitted_at,
               submitted_by, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20,
               $21, $22, $23, $24::uuid[], $25::text[], $26, 'arriving', $27, $28, $29, $30, $31, $32)
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
        *(event.replaces, event.round, event.submitted_at, event.submitted_by, now),
    )


async def add_people(connection: "Connection", rows: Sequence[tuple[Any, ...]]) -> None:
    """The people of one part, by COPY."""
    await connection.copy_records_to_table("line_people", records=rows, columns=PERSON_COLUMNS)


async def count_part(connection: "Connection", line_id: UUID, people: int, now: datetime) -> "asyncpg.Record":
    """One more part is here; with the last one the line shows in 待审批. Returns what has arrived and what should."""
    row: asyncpg.Record | None = await connection.fetchrow(
        """UPDATE lines SET parts_arrived = parts_arrived + 1, people_arrived = people_arrived + $2, updated_at = $3,
               state = CASE WHEN parts_arrived + 1 = parts_expected THEN 'pending' ELSE state END
           WHERE line_id = $1 RETURNING parts_arrived, parts_expected, people_arrived, submitted_heads""",
        line_id,
        people,
        now,
    )
    assert row is not None
    return row


async def lock_lines(connection: "Connection", line_ids: Sequence[UUID]) -> "list[asyncpg.Record]":
    """Lines of these ids, locked in the order of their ids."""
    return await connection.fetch(
        "SELECT * FROM lines WHERE line_id = ANY($1::uuid[]) ORDER BY line_id FOR UPDATE", list(line_ids)
    )


async def lock_staged(
    connection: "Connection", reviewer_id: UUID, enrollment_type: str | None
) -> "list[asyncpg.Record]":
    """The whole 待提交 list of a reviewer, locked in the order of ids; of one enrollment type where one is given."""
    return await connection.fetch(
        """SELECT * FROM lines WHERE reviewer_id = $1 AND state = 'staged'
             AND ($2::text IS NULL OR enrollment_type = $2) ORDER BY line_id FOR UPDATE""",
        reviewer_id,
        enrollment_type,
    )


async def set_state(connection: "Connection", line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """Move lines to a state; their version goes up."""
    await connection.execute(
        "UPDATE lines SET state = $2, version = version + 1, updated_at = $3 WHERE line_id = ANY($1::uuid[])",
        list(line_ids),
        state.value,
        now,
    )


async def pass_up(connection: "Connection", line_ids: Sequence[UUID], now: datetime) -> None:
    """On to the next reviewer's 待审批."""
    await connection.execute(
        """UPDATE lines SET step = step + 1, reviewer_id = chain[step + 2], state = 'pending', passed_up = true,
               version = version + 1, updated_at = $2 WHERE line_id = ANY($1::uuid[])""",
        list(line_ids),
        now,
    )


async def complete(connection: "Connection", line_ids: Sequence[UUID], submission_no: str, now: datetime) -> None:
    """已完成 under a submission. From here on the unit can no longer withdraw, whatever the center says (A50)."""
    await connection.execute(
        """UPDATE lines SET state = 'completed', submission_no = $2, passed_up = true, version = version + 1,
               updated_at = $3 WHERE line_id = ANY($1::uuid[])""",
        list(line_ids),
        submission_no,
        now,
    )


async def reopen(connection: "Connection", line_ids: Sequence[UUID], now: datetime) -> None:
    """The center rejected: back to the district's 待审批 (A53)."""
    await connection.execute(
        """UPDATE lines SET state = 'pending', submission_no = NULL, version = version + 1, updated_at = $2
           WHERE line_id = ANY($1::uuid[]) AND state = 'completed'""",
        list(line_ids),
        now,
    )


async def end_line(connection: "Connection", line_id: UUID, state: LineState, now: datetime) -> None:
    """Returned or withdrawn whole: 0 heads, 0 yuan, history kept (A49)."""
    await connection.execute(
        """UPDATE lines SET state = $2, heads = 0, city_fen = 0, district_fen = 0, unit_fen = 0,
               version = version + 1, updated_at = $3 WHERE line_id = $1""",
        line_id,
        state.value,
        now,
    )
    await connection.execute("UPDATE line_people SET state = 'returned' WHERE line_id = $1 AND state = 'in'", line_id)


async def return_people(connection: "Connection", line_id: UUID, member_ids: Sequence[UUID]) -> int:
    """Take chosen people out of a line; returns how many were in it."""
    rows = await connection.fetch(
        """UPDATE line_people SET state = 'returned'
           WHERE line_id = $1 AND member_id = ANY($2::uuid[]) AND state = 'in' RETURNING member_id""",
        line_id,
        list(member_ids),
    )
    return len(rows)


async def shrink(connection: "Connection", line_id: UUID, now: datetime) -> "asyncpg.Record":
    """Heads and money again from the frozen rate of those who stay (A48); returns the row."""
    row: asyncpg.Record | None = await connection.fetchrow(
        """UPDATE lines l SET heads = n.heads, city_fen = l.rate_city_fen * n.heads,
               district_fen = l.rate_district_fen * n.heads, unit_fen = l.rate_unit_fen * n.heads,
               version = l.version + 1, updated_at = $2
           FROM (SELECT count(*)::integer AS heads FROM line_people WHERE line_id = $1 AND state = 'in') AS n
           WHERE l.line_id = $1 RETURNING l.*""",
        line_id,
        now,
    )
    assert row is not None
    return row


async def note(
    connection: "Connection",
    line_ids: Sequence[UUID],
    what: str,
    *,
    at: datetime,
    account: str,
    union_id: UUID | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add the same entry to the history of lines."""
    await connection.execute(
        """INSERT INTO line_history (line_id, at, account, union_id, what, reason, detail)
           SELECT id, $2, $3, $4, $5, $6, $7 FROM unnest($1::uuid[]) AS u(id)""",
        list(line_ids),
        at,
        account,
        union_id,
        what,
        reason,
        detail or {},
    )


async def history(connection: "Connection", line_id: UUID) -> "list[asyncpg.Record]":
    """What happened to a line, oldest first."""
    return await connection.fetch(
        "SELECT at, account, union_id, what, reason, detail FROM line_history WHERE line_id = $1 ORDER BY id", line_id
    )


async def find(connection: "Connection", line_id: UUID) -> "asyncpg.Record | None":
    """One line."""
    return await connection.fetchrow("SELECT * FROM lines WHERE line_id = $1", line_id)


async def people(
    connection: "Connection", line_id: UUID, limit: int, offset: int
) -> "tuple[int, list[asyncpg.Record]]":
    """A page of a line's people, and how many there are."""
    total = await connection.fetchval("SELECT count(*) FROM line_people WHERE line_id = $1", line_id)
    rows = await connection.fetch(
        "SELECT * FROM line_people WHERE line_id = $1 ORDER BY member_no, member_id LIMIT $2 OFFSET $3",
        line_id,
        limit,
        offset,
    )
    return total, rows
