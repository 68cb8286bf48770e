"""The people of lines."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from review_svc.tables import LinePersonRow

#: An id that sorts before every other id.
NOBODY = UUID(int=0)
PERSON = columns_of(
    LinePersonRow,
    *("line_id", "member_id", "member_no", "person_key", "document_type"),
    *("masked_name", "masked_number", "confirmed_by_hand", "sealed"),
)
FLAG = columns_of(LinePersonRow, "member_id", "flag")
ORDER = Order(
    {"member_no": "p.member_no", "state": "p.state", "flag": "p.flag"},
    default="member_no",
    tie="p.member_id, p.line_id",
)

ADD = Copy(PERSON)
OF_LINE = """
    FROM line_people AS p WHERE p.line_id = :line_id AND (:state::text IS NULL OR p.state = :state)
      AND (:flagged::boolean IS NULL OR (p.flag IS NOT NULL) = :flagged)"""
COUNT_OF_LINE = Statement("SELECT count(*) {of_line}", of_line=OF_LINE)
PAGE_OF_LINE = Statement(
    "SELECT p.* {of_line} ORDER BY {order} LIMIT :limit OFFSET :offset", of_line=OF_LINE, order=ORDER
)
EVERY_OF_LINE = Statement("SELECT p.* {of_line} ORDER BY p.member_no, p.member_id", of_line=OF_LINE)
FIND = Statement("SELECT * FROM line_people WHERE line_id = :line_id AND member_id = :member_id")
RETURN = Statement(
    """UPDATE line_people SET state = 'returned'
       WHERE line_id = :line_id AND member_id = ANY(:member_ids) AND state = 'in' RETURNING member_id"""
)
RETURN_ALL = Statement("UPDATE line_people SET state = 'returned' WHERE line_id = :line_id AND state = 'in'")
SET_FLAGS = Statement(
    """UPDATE line_people AS p SET flag = f.flag FROM {flags} AS f
       WHERE p.line_id = :line_id AND p.member_id = f.member_id AND p.state = 'in' AND p.flag IS DISTINCT FROM f.flag
       RETURNING p.member_id, p.flag""",
    flags=rows_of(FLAG),
)
SENT = """
    FROM line_people AS p JOIN submission_lines AS s ON s.line_id = p.line_id
    WHERE s.submission_no = :submission_no AND s.state = 'in' AND p.state = 'in'"""
COUNT_SENT = Statement("SELECT count(*) {sent}", sent=SENT)
PAGE_SENT = Statement("SELECT p.* {sent} ORDER BY {order} LIMIT :limit OFFSET :offset", sent=SENT, order=ORDER)
FIND_SENT = Statement("SELECT p.* {sent} AND p.member_id = :member_id", sent=SENT)
#: Reads at most `most` people of each line by the primary key. A sorted join would be slow for a large submission,
#: because it would read, for each part, all people that have not been sent yet.
SENT_AFTER = Statement(
    """SELECT p.* FROM (SELECT line_id FROM submission_lines
                        WHERE submission_no = :submission_no AND line_id >= :line_id ORDER BY line_id) AS s
       CROSS JOIN LATERAL (
           SELECT line_id, member_id, document_type, sealed FROM line_people
           WHERE line_id = s.line_id AND state = 'in'
                 AND member_id > CASE WHEN s.line_id = :line_id THEN :member_id::uuid ELSE :nobody::uuid END
           ORDER BY member_id LIMIT :most) AS p
       ORDER BY s.line_id, p.member_id LIMIT :most"""
)


async def add(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add the people of one part; each row has the columns of PERSON in their order."""
    await ADD.execute(connection, rows)


async def page_of_line(
    connection: Connection, line_id: UUID, state: str | None, flagged: bool | None, page: PageRequest
) -> tuple[int, list[Record]]:
    """The number of a line's people, and one page of them. `state` and `flagged`: None = no restriction."""
    filters = {"line_id": line_id, "state": state, "flagged": flagged}
    total = await COUNT_OF_LINE.fetchval(connection, **filters)
    return total, await PAGE_OF_LINE.fetch(connection, page, order=page, **filters)


def every_of_line(
    connection: Connection, line_id: UUID, state: str | None, flagged: bool | None
) -> AsyncIterator[list[Record]]:
    """All people of a line for a file, by member number. Yields several rows at a time."""
    return EVERY_OF_LINE.batches(connection, line_id=line_id, state=state, flagged=flagged)


async def find(connection: Connection, line_id: UUID, member_id: UUID) -> Record | None:
    """One person of a line."""
    return await FIND.fetchrow(connection, line_id=line_id, member_id=member_id)


async def mark_returned(connection: Connection, line_id: UUID, member_ids: Sequence[UUID]) -> int:
    """Mark the chosen people of a line as returned. Returns how many of them were still in the line."""
    return len(await RETURN.fetch(connection, line_id=line_id, member_ids=list(member_ids)))


async def mark_all_returned(connection: Connection, line_id: UUID) -> None:
    """Mark all people of a line as returned."""
    await RETURN_ALL.execute(connection, line_id=line_id)


async def flag(connection: Connection, line_id: UUID, flags: Sequence[tuple[UUID, str | None]]) -> list[Record]:
    """Set or clear the flags of people who are in the line. Returns the people whose flag changed (A54)."""
    return await SET_FLAGS.fetch(connection, line_id=line_id, flags=flags)


async def page_of_submission(connection: Connection, submission_no: str, page: PageRequest) -> tuple[int, list[Record]]:
    """The number of a submission's people, and one page of them. People of rejected lines are left out."""
    total = await COUNT_SENT.fetchval(connection, submission_no=submission_no)
    return total, await PAGE_SENT.fetch(connection, page, submission_no=submission_no, order=page)


async def find_sent(connection: Connection, submission_no: str, member_id: UUID) -> Record | None:
    """One person of a submission, or None. People of rejected lines are not found."""
    return await FIND_SENT.fetchrow(connection, submission_no=submission_no, member_id=member_id)


async def sent_after(connection: Connection, submission_no: str, after: tuple[UUID, UUID], most: int) -> list[Record]:
    """The next `most` people of a submission, sorted by line and member id.

    `after`: the line and member id of the last person of the previous part.
    """
    line_id, member_id = after
    return await SENT_AFTER.fetch(
        connection, submission_no=submission_no, line_id=line_id, member_id=member_id, nobody=NOBODY, most=most
    )
