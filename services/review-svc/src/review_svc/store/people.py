"""The people of lines, stored in the parts in which they arrived.

A person who is returned or flagged has a mark: a row in `marked_people`.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from contracts.enrollments import BatchPerson
from review_svc.tables import LinePartRow, MarkedPersonRow


class PartKey(NamedTuple):
    """The key of a part: its line and its number within the line."""

    line_id: UUID
    number: int


KEY = columns_of(LinePartRow, PartKey)
FLAG = columns_of(MarkedPersonRow, "member_id", "flag")
ORDER = Order(
    {"member_no": "p.member_no", "state": "p.state", "flag": "p.flag"},
    default="member_no",
    tie="p.member_id, p.line_id",
)

ADD = Statement(
    """INSERT INTO line_parts (line_id, number, people, member_ids, member_nos, person_keys, document_types,
           masked_names, masked_numbers, confirmed_by_hand, sealed)
       VALUES (:line_id, :number, :people, :member_ids, :member_nos, :person_keys, :document_types,
           :masked_names, :masked_numbers, :confirmed_by_hand, :sealed)"""
)
COUNT_DIFFERENT = Statement(
    """SELECT count(DISTINCT member_id) FROM line_parts AS s CROSS JOIN unnest(s.member_ids) AS member_id
       WHERE s.line_id = :line_id"""
)
#: Subqueries that select the lines for the statements below. `ended`: the whole line was returned or withdrawn, so
#: everybody in it is returned.
ONE_LINE = "SELECT line_id, state IN ('returned', 'withdrawn') AS ended FROM lines WHERE line_id = :line_id"
SENT_LINES = """
    SELECT line_id, false AS ended FROM submission_lines WHERE submission_no = :submission_no AND state = 'in'"""
#: `SORTED`: the columns by which lists are sorted. `WHOLE`: all columns of a file. Both expand arrays to rows. In a
#: SELECT list, PostgreSQL does this faster than in FROM, where it first stores all rows.
SORTED = "unnest(s.member_ids) AS member_id, unnest(s.member_nos) AS member_no"
WHOLE = f"""{SORTED}, unnest(s.document_types) AS document_type, unnest(s.masked_names) AS masked_name,
    unnest(s.masked_numbers) AS masked_number, unnest(s.confirmed_by_hand) AS confirmed_by_hand"""
#: PostgreSQL never plans a FULL JOIN as a nested loop. For any other kind of join it could plan a nested loop, because
#: it does not know how many people are in the arrays. A nested loop would be slow for a large line. The FULL JOIN adds
#: nobody, because every marked person is in a part.
PEOPLE = """(
    SELECT a.*, m.flag, CASE WHEN a.ended THEN 'returned' ELSE coalesce(m.state, 'in') END AS state
    FROM (SELECT l.line_id, l.ended, s.number, generate_series(1, s.people) AS position, {columns}
          FROM ({lines}) AS l JOIN line_parts AS s USING (line_id)) AS a
    FULL JOIN (SELECT n.* FROM ({lines}) AS l JOIN marked_people AS n USING (line_id)) AS m
         ON m.line_id = a.line_id AND m.member_id = a.member_id)"""
#: The condition is not `p.flag IS NOT NULL`, because PostgreSQL would then turn the FULL JOIN into an inner join.
FILTER = """(:state::text IS NULL OR p.state = :state)
    AND (:flagged::boolean IS NULL OR (coalesce(p.flag, '') <> '') = :flagged)"""
#: Only the marked people are counted one by one. The number of people without a mark follows from the sizes of the
#: parts.
COUNT = """
    WITH l AS ({lines}),
    marked AS (SELECT m.flag, CASE WHEN l.ended THEN 'returned' ELSE m.state END AS state
               FROM l JOIN marked_people AS m USING (line_id)),
    others AS (SELECT NULL::text AS flag, CASE WHEN l.ended THEN 'returned' ELSE 'in' END AS state,
                      (SELECT coalesce(sum(s.people), 0) FROM line_parts AS s WHERE s.line_id = l.line_id)
                      - (SELECT count(*) FROM marked_people AS m WHERE m.line_id = l.line_id) AS people
               FROM l)
    SELECT ((SELECT count(*) FROM marked AS p WHERE {filter})
            + (SELECT coalesce(sum(p.people), 0) FROM others AS p WHERE {filter}))::bigint"""
#: The statement sorts rows without the wide columns, and then reads the wide columns of one page only.
PAGE = """
    SELECT p.line_id, p.number, p.position, p.member_id, p.member_no, p.state, p.flag,
           s.document_types[p.position] AS document_type, s.masked_names[p.position] AS masked_name,
           s.masked_numbers[p.position] AS masked_number, s.confirmed_by_hand[p.position] AS confirmed_by_hand
    FROM (SELECT p.* FROM {people} AS p WHERE {filter} ORDER BY {order} LIMIT :limit OFFSET :offset) AS p
    JOIN line_parts AS s USING (line_id, number) ORDER BY {order}"""
COUNT_OF_LINE = Statement(COUNT, lines=ONE_LINE, filter=FILTER)
PAGE_OF_LINE = Statement(PAGE, people=PEOPLE, lines=ONE_LINE, filter=FILTER, order=ORDER, columns=SORTED)
EVERY_OF_LINE = Statement(
    "SELECT p.* FROM {people} AS p WHERE {filter} ORDER BY p.member_no, p.member_id",
    people=PEOPLE,
    lines=ONE_LINE,
    filter=FILTER,
    columns=WHOLE,
)
COUNT_SENT = Statement(COUNT, lines=SENT_LINES, filter=FILTER)
PAGE_SENT = Statement(PAGE, people=PEOPLE, lines=SENT_LINES, filter=FILTER, order=ORDER, columns=SORTED)
FIND = """
    SELECT s.line_id, s.number, s.member_ids, s.sealed, s.sealed_people,
           array_position(s.member_ids, :member_id) AS position
    FROM ({lines}) AS l JOIN line_parts AS s USING (line_id) WHERE :member_id = ANY(s.member_ids)"""
FIND_IN_LINE = Statement(FIND, lines=ONE_LINE)
FIND_SENT = Statement(
    """{find} AND NOT EXISTS (SELECT FROM marked_people AS m
                              WHERE m.line_id = s.line_id AND m.member_id = :member_id AND m.state = 'returned')""",
    find=FIND,
    lines=SENT_LINES,
)
#: `coalesce` around IN makes PostgreSQL build a hash of the chosen ids. Otherwise it could turn IN into a join, and the
#: join into a nested loop.
RETURN = Statement(
    """INSERT INTO marked_people AS m (line_id, member_id, state)
       SELECT s.line_id, member_id, 'returned' FROM line_parts AS s CROSS JOIN unnest(s.member_ids) AS member_id
       WHERE s.line_id = :line_id AND coalesce(member_id IN (SELECT unnest(:member_ids::uuid[])), false)
       ON CONFLICT (line_id, member_id) DO UPDATE SET state = 'returned' WHERE m.state = 'in' RETURNING member_id"""
)
#: If the flag of a person without a mark is cleared, no mark is added. Example: a registry corrects a report that never
#: arrived here.
SET_FLAGS = Statement(
    """INSERT INTO marked_people AS m (line_id, member_id, flag)
       SELECT :line_id, f.member_id, f.flag FROM {flags} AS f
       WHERE coalesce(f.member_id IN (SELECT unnest(member_ids) FROM line_parts WHERE line_id = :line_id), false)
         AND (f.flag IS NOT NULL
              OR EXISTS (SELECT FROM marked_people WHERE line_id = :line_id AND member_id = f.member_id))
       ON CONFLICT (line_id, member_id) DO UPDATE SET flag = excluded.flag
       WHERE m.state = 'in' AND m.flag IS DISTINCT FROM excluded.flag RETURNING m.member_id, m.flag""",
    flags=rows_of(FLAG),
)
KEYS_OF_LINE = Statement(
    "SELECT {key} FROM line_parts WHERE line_id = :line_id ORDER BY line_id, number",
    key=KEY,
)
KEYS_SENT = Statement(
    """SELECT {s.key} FROM submission_lines AS l JOIN line_parts AS s USING (line_id)
       WHERE l.submission_no = :submission_no AND l.state = 'in' ORDER BY s.line_id, s.number""",
    key=KEY,
)
BLOCKS = Statement(
    """SELECT s.line_id, s.number, s.member_ids, s.document_types, s.sealed, s.sealed_people
       FROM {keys} AS k JOIN line_parts AS s USING (line_id, number) ORDER BY s.line_id, s.number""",
    keys=rows_of(KEY),
)
RETURNED_OF = Statement(
    "SELECT line_id, member_id FROM marked_people WHERE line_id = ANY(:line_ids) AND state = 'returned'"
)


async def add_part(connection: Connection, part: PartKey, people: Sequence[BatchPerson], sealed: bytes) -> None:
    """Add the people of one part. `sealed`: their personal data in one encrypted block, in the same order."""
    await ADD.execute(
        connection,
        part,
        people=len(people),
        member_ids=[person.member_id for person in people],
        member_nos=[person.member_no for person in people],
        person_keys=[person.person_key for person in people],
        document_types=[person.document_type.value for person in people],
        masked_names=[person.masked_name for person in people],
        masked_numbers=[person.masked_number for person in people],
        confirmed_by_hand=[person.confirmed_by_hand for person in people],
        sealed=sealed,
    )


async def count_different(connection: Connection, line_id: UUID) -> int:
    """The number of different members in all parts of the line that have arrived so far."""
    return int(await COUNT_DIFFERENT.fetchval(connection, line_id=line_id))


async def page_of_line(
    connection: Connection, line_id: UUID, state: str | None, flagged: bool | None, page: PageRequest
) -> tuple[int, list[Record]]:
    """The number of a line's people, and one page of them. `state` and `flagged`: None = no restriction.

    Each row has the key of the person's part, and the person's position in the part, counted from 1.
    """
    filters = {"line_id": line_id, "state": state, "flagged": flagged}
    total = await COUNT_OF_LINE.fetchval(connection, **filters)
    return total, await PAGE_OF_LINE.fetch(connection, page, order=page, **filters)


def every_of_line(
    connection: Connection, line_id: UUID, state: str | None, flagged: bool | None
) -> AsyncIterator[list[Record]]:
    """All people of a line for a file, sorted by member number. Yields several rows at a time."""
    return EVERY_OF_LINE.batches(connection, line_id=line_id, state=state, flagged=flagged)


async def find(connection: Connection, line_id: UUID, member_id: UUID) -> Record | None:
    """The part of the line in which this person is, and the person's position in this part, counted from 1."""
    return await FIND_IN_LINE.fetchrow(connection, line_id=line_id, member_id=member_id)


async def mark_returned(connection: Connection, line_id: UUID, member_ids: Sequence[UUID]) -> int:
    """Mark the chosen people of a line as returned. Returns how many of them were still in the line."""
    return len(await RETURN.fetch(connection, line_id=line_id, member_ids=list(member_ids)))


async def flag(connection: Connection, line_id: UUID, flags: Sequence[tuple[UUID, str | None]]) -> list[Record]:
    """Set or clear the flags of people who are in the line. Returns the people whose flag changed (A54)."""
    return await SET_FLAGS.fetch(connection, line_id=line_id, flags=flags)


async def page_of_submission(connection: Connection, submission_no: str, page: PageRequest) -> tuple[int, list[Record]]:
    """The number of a submission's people, and one page of them, in the same form as from `page_of_line`.

    The people of rejected lines are left out.
    """
    filters = {"submission_no": submission_no, "state": "in", "flagged": None}
    total = await COUNT_SENT.fetchval(connection, **filters)
    return total, await PAGE_SENT.fetch(connection, page, order=page, **filters)


async def find_sent(connection: Connection, submission_no: str, member_id: UUID) -> Record | None:
    """Does the same as `find` for a person of a submission. People of rejected lines are not found."""
    return await FIND_SENT.fetchrow(connection, submission_no=submission_no, member_id=member_id)


async def parts_of_line(connection: Connection, line_id: UUID) -> list[PartKey]:
    """The keys of the parts of a line."""
    return KEY.records(await KEYS_OF_LINE.fetch(connection, line_id=line_id))


async def parts_of_submission(connection: Connection, submission_no: str) -> list[PartKey]:
    """The keys of the parts of a submission, in the order in which the people are sent. Rejected lines are left out."""
    return KEY.records(await KEYS_SENT.fetch(connection, submission_no=submission_no))


async def blocks(connection: Connection, parts: Iterable[PartKey]) -> list[Record]:
    """The given parts with their encrypted blocks, sorted by key."""
    return await BLOCKS.fetch(connection, keys=parts)


async def returned_of(connection: Connection, line_ids: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """The people who were returned singly, not with their whole line, as pairs of line id and member id."""
    return {(row[0], row[1]) for row in await RETURNED_OF.fetch(connection, line_ids=list(set(line_ids)))}
