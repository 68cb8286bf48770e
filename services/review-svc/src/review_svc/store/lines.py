"""Statements on lines: their moves, their heads and money."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from contracts.words import EnrollmentType
from review_svc.domain.lines import Line, LineState

if TYPE_CHECKING:
    import asyncpg


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
        submitted_by_union_id=row["submitted_by_union_id"],
    )


async def lock_lines(connection: Connection, line_ids: Sequence[UUID]) -> "list[asyncpg.Record]":
    """Lines of these ids, locked in the order of their ids."""
    return await connection.fetch(
        "SELECT * FROM lines WHERE line_id = ANY($1::uuid[]) ORDER BY line_id FOR UPDATE", list(line_ids)
    )


async def lock_staged(connection: Connection, reviewer_id: UUID, enrollment_type: str | None) -> "list[asyncpg.Record]":
    """The whole 待提交 list of a reviewer, locked in the order of ids; of one enrollment type where one is given."""
    return await connection.fetch(
        """SELECT * FROM lines WHERE reviewer_id = $1 AND state = 'staged'
             AND ($2::text IS NULL OR enrollment_type = $2) ORDER BY line_id FOR UPDATE""",
        reviewer_id,
        enrollment_type,
    )


async def lock_open_of(connection: Connection, union_id: UUID) -> "list[asyncpg.Record]":
    """Open lines that a union reviews or is still to review, locked in the order of their ids."""
    return await connection.fetch(
        """SELECT * FROM lines WHERE chain @> ARRAY[$1::uuid] AND $1 = ANY(chain[step + 1:])
             AND state IN ('arriving', 'pending', 'staged') ORDER BY line_id FOR UPDATE""",
        union_id,
    )


async def set_state(connection: Connection, line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """Move lines to a state; their version goes up."""
    await connection.execute(
        "UPDATE lines SET state = $2, version = version + 1, updated_at = $3 WHERE line_id = ANY($1::uuid[])",
        list(line_ids),
        state.value,
        now,
    )


async def pass_up(connection: Connection, line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """On to the next reviewer's list."""
    await connection.execute(
        """UPDATE lines SET step = step + 1, reviewer_id = chain[step + 2], state = $2, passed_up = true,
               version = version + 1, updated_at = $3 WHERE line_id = ANY($1::uuid[])""",
        list(line_ids),
        state.value,
        now,
    )


async def complete(
    connection: Connection, line_ids: Sequence[UUID], submission_no: str, state: LineState, now: datetime
) -> None:
    """已完成 under a submission. From here on the unit can no longer withdraw, whatever the center says (A50)."""
    await connection.execute(
        """UPDATE lines SET state = $3, submission_no = $2, passed_up = true, version = version + 1,
               settled_at = coalesce(settled_at, $4), updated_at = $4 WHERE line_id = ANY($1::uuid[])""",
        list(line_ids),
        submission_no,
        state.value,
        now,
    )


async def settle(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Dates, term, rate and money of lines, settled at the approval (A01).

    A row is `(line_id, start_on, end_on, term, city, district, unit)`, money per person.
    """
    await connection.execute(
        """UPDATE lines l SET start_on = s.start_on, end_on = s.end_on, term = s.term, rate_city_fen = s.city,
               rate_district_fen = s.district, rate_unit_fen = s.unit, city_fen = s.city * l.heads,
               district_fen = s.district * l.heads, unit_fen = s.unit * l.heads
           FROM unnest($1::uuid[], $2::date[], $3::date[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
               AS s(line_id, start_on, end_on, term, city, district, unit)
           WHERE l.line_id = s.line_id""",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def reopen(connection: Connection, line_ids: Sequence[UUID], state: LineState, now: datetime) -> None:
    """The center rejected: back to the district's list, out of the submission (A53)."""
    await connection.execute(
        """UPDATE lines SET state = $2, submission_no = NULL, version = version + 1, updated_at = $3
           WHERE line_id = ANY($1::uuid[])""",
        list(line_ids),
        state.value,
        now,
    )


async def end_line(connection: Connection, line_id: UUID, state: LineState, now: datetime) -> None:
    """Returned or withdrawn whole: 0 heads, 0 yuan, history kept (A49)."""
    await connection.execute(
        """UPDATE lines SET state = $2, heads = 0, city_fen = 0, district_fen = 0, unit_fen = 0, flagged = 0,
               version = version + 1, updated_at = $3 WHERE line_id = $1""",
        line_id,
        state.value,
        now,
    )


async def recount(connection: Connection, line_id: UUID, now: datetime) -> "asyncpg.Record":
    """Heads, flags and money again from the frozen rate of those who are in it (A48); returns the row."""
    row: asyncpg.Record | None = await connection.fetchrow(
        """UPDATE lines l SET heads = n.heads, flagged = n.flagged, city_fen = l.rate_city_fen * n.heads,
               district_fen = l.rate_district_fen * n.heads, unit_fen = l.rate_unit_fen * n.heads,
               version = l.version + 1, updated_at = $2
           FROM (SELECT count(*)::integer AS heads, count(flag)::integer AS flagged
                 FROM line_people WHERE line_id = $1 AND state = 'in') AS n
           WHERE l.line_id = $1 RETURNING l.*""",
        line_id,
        now,
    )
    assert row is not None
    return row


async def count_flags(connection: Connection, line_id: UUID, now: datetime) -> None:
    """How many people of the line are flagged; a screen that shows the line without them is stale (A54, D19)."""
    await connection.execute(
        """UPDATE lines l SET version = l.version + 1, updated_at = $2, flagged = (
               SELECT count(*) FROM line_people WHERE line_id = $1 AND state = 'in' AND flag IS NOT NULL)
           WHERE l.line_id = $1""",
        line_id,
        now,
    )


async def reassign(
    connection: Connection,
    line_ids: Sequence[UUID],
    chain: Sequence[UUID],
    names: Sequence[str],
    state: LineState,
    now: datetime,
) -> None:
    """Another chain for lines that had the same one, and the reviewer whose turn it is in it (A56)."""
    await connection.execute(
        """UPDATE lines SET chain = $2::uuid[], chain_names = $3::text[], reviewer_id = ($2::uuid[])[step + 1],
               state = $4, version = version + 1, updated_at = $5 WHERE line_id = ANY($1::uuid[])""",
        list(line_ids),
        list(chain),
        list(names),
        state.value,
        now,
    )


async def find(connection: Connection, line_id: UUID) -> "asyncpg.Record | None":
    """One line."""
    return await connection.fetchrow("SELECT * FROM lines WHERE line_id = $1", line_id)


async def find_all(connection: Connection, line_ids: Sequence[UUID]) -> "list[asyncpg.Record]":
    """Lines of these ids, not locked."""
    return await connection.fetch(
        "SELECT * FROM lines WHERE line_id = ANY($1::uuid[]) ORDER BY line_id", list(line_ids)
    )


async def staged(connection: Connection, reviewer_id: UUID, enrollment_type: str) -> "list[asyncpg.Record]":
    """The whole 待提交 list of a reviewer and type, not locked."""
    return await connection.fetch(
        """SELECT * FROM lines WHERE reviewer_id = $1 AND state = 'staged' AND enrollment_type = $2
           ORDER BY line_id""",
        reviewer_id,
        enrollment_type,
    )


async def submitted_by(connection: Connection, submission_no: str, account: str) -> bool:
    """Whether the account submitted a line of this submission."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM lines WHERE submission_no = $1 AND submitted_by = $2)", submission_no, account
    )
    return found
