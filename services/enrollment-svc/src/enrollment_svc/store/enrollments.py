"""Enrollments of a subtree, by person or by year (F035)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection, in_batches
from chassis.web import SUBTREE, Order, PageRequest

if TYPE_CHECKING:
    import asyncpg

#: Columns of the line only: a page of seven million people is then found from the lines' side.
ORDER = Order(
    {"submitted_at": "l.submitted_at", "year": "l.year", "batch_no": "l.batch_no", "start_on": "l.start_on"},
    default="-submitted_at",
    tie="l.line_id",
)

#: Lines in reach: union $1 with all below it, None = the whole city.
_LINES = f"""($1::uuid IS NULL OR l.union_id = $1 OR l.union_id IN ({SUBTREE.format(1)}))
             AND ($2::int IS NULL OR l.year = $2) AND ($3::text IS NULL OR l.channel = $3)
             AND ($4::text IS NULL OR starts_with(l.batch_no, $4))"""
#: A person's state from his own state and his line's; $5: `Enrolled`.
_STATE = """CASE WHEN e.state <> 'held' THEN e.state WHEN l.state = 'completed' THEN 'enrolled'
                  ELSE 'under_review' END"""
_WANTED = f"""{_LINES} AND ($5::text IS NULL OR {_STATE} = $5)
              AND ($6::text IS NULL OR e.member_no = $6) AND ($7::text[] IS NULL OR e.person_key = ANY ($7))"""
_ROW = f"""e.member_id, e.member_no, e.year, e.document_type, e.masked_name, e.masked_number, e.sealed, e.reason,
           l.batch_no, l.unit_name, l.channel, l.term, l.start_on, l.end_on, l.submitted_at, l.union_id,
           b.union_name, b.plan, b.plan_name, b.enrollment_type, {_STATE} AS state"""
#: How many enrollments of state $5 a line has, as the line itself knows.
_SIZE = """CASE WHEN $5::text IS NULL THEN l.submitted_heads
                WHEN $5 = 'enrolled' AND l.state = 'completed' THEN l.heads
                WHEN $5 = 'under_review' AND l.state = 'in_review' THEN l.heads
                WHEN $5 = 'withdrawn' AND l.state = 'withdrawn' THEN l.submitted_heads
                WHEN $5 = 'returned' AND l.state <> 'withdrawn' THEN l.submitted_heads - l.heads ELSE 0 END"""
#: Of persons: live ones by their city keys, the others by an index of their own; both are small.
_OF_PERSONS = """(SELECT * FROM enrollments WHERE person_key = ANY ($7) AND state = 'held'
                  UNION ALL SELECT * FROM enrollments WHERE person_key = ANY ($7) AND state <> 'held')"""
_JOINED = f"""AS e JOIN lines l ON l.line_id = e.line_id JOIN batches b ON b.batch_no = l.batch_no WHERE {_WANTED}"""
_FROM_PERSONS = f"FROM {_OF_PERSONS} {_JOINED}"
_FROM_ALL = f"FROM enrollments {_JOINED}"
#: The lines that a page lies in are found by their running sizes, and only their people are read.
_PAGE_OF_LINES = f"""
    WITH placed AS (
        SELECT l.*, {_SIZE} AS size, sum({_SIZE}) OVER (ORDER BY {{order}}) AS upto FROM lines l WHERE {_LINES}),
    near AS (SELECT * FROM placed WHERE size > 0 AND upto > $7 AND upto - size < $7::bigint + $6)
    SELECT {_ROW} FROM near l JOIN enrollments e ON e.line_id = l.line_id JOIN batches b ON b.batch_no = l.batch_no
    WHERE $5::text IS NULL OR {_STATE} = $5
    ORDER BY {{order}}, e.member_id LIMIT $6 OFFSET $7::bigint - (SELECT min(upto - size) FROM near)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class EnrollmentsWanted:
    """Filters; None = no restriction. `person_keys` are what a number or a member number stands for."""

    union_id: UUID | None
    year: int | None = None
    channel: str | None = None
    batch_no: str | None = None
    state: str | None = None
    member_no: str | None = None
    person_keys: Sequence[str] | None = None

    @property
    def of_persons(self) -> bool:
        return self.person_keys is not None

    def of_lines(self) -> tuple[Any, ...]:
        return self.union_id, self.year, self.channel, self.batch_no

    def parameters(self) -> tuple[Any, ...]:
        return (*self.of_lines(), self.state, self.member_no, self.person_keys)


async def person_keys(connection: Connection, union_id: UUID | None, member_no: str) -> list[str]:
    """Whom a member number stands for, in reach."""
    rows = await connection.fetch(
        f"""SELECT DISTINCT c.person_key FROM candidates c
            WHERE c.member_no = $2
                  AND ($1::uuid IS NULL OR c.union_id = $1 OR c.union_id IN ({SUBTREE.format(1)}))""",  # noqa: S608
        union_id,
        member_no,
    )
    return [row["person_key"] for row in rows]


async def count(connection: Connection, wanted: EnrollmentsWanted) -> int:
    """How many enrollments. Without a person the lines know: nobody counts seven million rows for a page of 15."""
    if wanted.of_persons:
        statement, parameters = f"SELECT count(*) {_FROM_PERSONS}", wanted.parameters()
    else:
        statement = f"SELECT coalesce(sum({_SIZE}), 0)::bigint FROM lines l WHERE {_LINES}"  # noqa: S608
        parameters = (*wanted.of_lines(), wanted.state)
    total: int = await connection.fetchval(statement, *parameters)
    return total


async def page(connection: Connection, wanted: EnrollmentsWanted, page: PageRequest) -> list["asyncpg.Record"]:
    """One page, the latest submission first unless asked otherwise."""
    order = ORDER.by(page)
    if wanted.of_persons:
        return await connection.fetch(
            f"SELECT {_ROW} {_FROM_PERSONS} ORDER BY {order}, e.member_id LIMIT $8 OFFSET $9",
            *wanted.parameters(),
            page.limit,
            page.offset,
        )
    return await connection.fetch(
        _PAGE_OF_LINES.format(order=order), *wanted.of_lines(), wanted.state, page.limit, page.offset
    )


async def every(connection: Connection, wanted: EnrollmentsWanted) -> AsyncIterator[list["asyncpg.Record"]]:
    """All of them for a file, some at a time."""
    async for rows in in_batches(
        connection,
        f"""SELECT {_ROW} {_FROM_PERSONS if wanted.of_persons else _FROM_ALL}
            ORDER BY l.submitted_at DESC, l.line_id, e.member_id""",
        *wanted.parameters(),
    ):
        yield rows
