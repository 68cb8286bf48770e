"""Statements on the people of lines."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection, in_batches
from chassis.web import Order, PageRequest

if TYPE_CHECKING:
    import asyncpg

COLUMNS = (
    "line_id", "member_id", "member_no", "person_key", "document_type",
    "masked_name", "masked_number", "confirmed_by_hand", "sealed",
)  # fmt: skip

ORDER = Order(
    {"member_no": "p.member_no", "state": "p.state", "flag": "p.flag"}, default="member_no", tie="p.member_id"
)
#: Sorts before everybody.
NOBODY = UUID(int=0)
#: $2: state of the person in the line; $3: flagged or not; None = 全部.
OF_LINE = """FROM line_people p
    WHERE p.line_id = $1 AND ($2::text IS NULL OR p.state = $2)
      AND ($3::boolean IS NULL OR (p.flag IS NOT NULL) = $3)"""


async def add(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """The people of one part, by COPY."""
    await connection.copy_records_to_table("line_people", records=rows, columns=COLUMNS)


async def page_of_line(
    connection: Connection, line_id: UUID, state: str | None, flagged: bool | None, page: PageRequest
) -> "tuple[int, list[asyncpg.Record]]":
    """A page of a line's people, and how many there are."""
    total = await connection.fetchval(f"SELECT count(*) {OF_LINE}", line_id, state, flagged)
    rows = await connection.fetch(
        f"SELECT p.* {OF_LINE} ORDER BY {ORDER.by(page)} LIMIT $4 OFFSET $5",
        *(line_id, state, flagged, page.limit, page.offset),
    )
    return total, rows


async def every_of_line(
    connection: Connection, line_id: UUID, state: str | None, flagged: bool | None
) -> "AsyncIterator[list[asyncpg.Record]]":
    """All people of a line by member number, so many at a time."""
    async for rows in in_batches(
        connection, f"SELECT p.* {OF_LINE} ORDER BY p.member_no, p.member_id", line_id, state, flagged
    ):
        yield rows


async def find(connection: Connection, line_id: UUID, member_id: UUID) -> "asyncpg.Record | None":
    """One person of a line."""
    return await connection.fetchrow(
        "SELECT * FROM line_people WHERE line_id = $1 AND member_id = $2", line_id, member_id
    )


async def give_back(connection: Connection, line_id: UUID, member_ids: Sequence[UUID]) -> int:
    """Take chosen people out of a line; returns how many were in it."""
    rows = await connection.fetch(
        """UPDATE line_people SET state = 'returned'
           WHERE line_id = $1 AND member_id = ANY($2::uuid[]) AND state = 'in' RETURNING member_id""",
        line_id,
        list(member_ids),
    )
    return len(rows)


async def give_back_all(connection: Connection, line_id: UUID) -> None:
    """Nobody is left in the line."""
    await connection.execute("UPDATE line_people SET state = 'returned' WHERE line_id = $1 AND state = 'in'", line_id)


async def flag(
    connection: Connection, line_id: UUID, flags: Sequence[tuple[UUID, str | None]]
) -> "list[asyncpg.Record]":
    """Set or take away the flags of people who are in the line; returns those that changed (A54)."""
    return await connection.fetch(
        """UPDATE line_people p SET flag = f.flag
           FROM unnest($2::uuid[], $3::text[]) AS f(member_id, flag)
           WHERE p.line_id = $1 AND p.member_id = f.member_id AND p.state = 'in' AND p.flag IS DISTINCT FROM f.flag
           RETURNING p.member_id, p.flag""",
        line_id,
        [member_id for member_id, _ in flags],
        [word for _, word in flags],
    )


async def page_of_submission(
    connection: Connection, submission_no: str, page: PageRequest
) -> "tuple[int, list[asyncpg.Record]]":
    """A page of the people who were sent with a submission and stand in it."""
    of_submission = """FROM line_people p JOIN submission_lines s ON s.line_id = p.line_id
        WHERE s.submission_no = $1 AND s.state = 'in' AND p.state = 'in'"""
    total = await connection.fetchval(f"SELECT count(*) {of_submission}", submission_no)
    rows = await connection.fetch(
        f"SELECT p.* {of_submission} ORDER BY {ORDER.by(page)}, p.line_id LIMIT $2 OFFSET $3",
        *(submission_no, page.limit, page.offset),
    )
    return total, rows


async def find_sent(connection: Connection, submission_no: str, member_id: UUID) -> "asyncpg.Record | None":
    """One person of a submission."""
    return await connection.fetchrow(
        """SELECT p.* FROM line_people p JOIN submission_lines s ON s.line_id = p.line_id
           WHERE s.submission_no = $1 AND s.state = 'in' AND p.state = 'in' AND p.member_id = $2""",
        submission_no,
        member_id,
    )


async def sent_after(
    connection: Connection, submission_no: str, after: tuple[UUID, UUID], most: int
) -> "list[asyncpg.Record]":
    """The next people of a submission by line and member, after a place; never the whole submission at once.

    Each line is entered at its place by its own key: joined and sorted, every page would read all that is left.
    """
    line_id, member_id = after
    return await connection.fetch(
        """SELECT p.* FROM (SELECT line_id FROM submission_lines
                            WHERE submission_no = $1 AND line_id >= $2 ORDER BY line_id) AS s
           CROSS JOIN LATERAL (
               SELECT line_id, member_id, document_type, sealed FROM line_people
               WHERE line_id = s.line_id AND state = 'in'
                     AND member_id > CASE WHEN s.line_id = $2 THEN $3::uuid ELSE $5::uuid END
               ORDER BY member_id LIMIT $4) AS p
           ORDER BY s.line_id, p.member_id LIMIT $4""",
        *(submission_no, line_id, member_id, most, NOBODY),
    )
