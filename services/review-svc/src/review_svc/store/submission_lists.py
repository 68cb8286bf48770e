"""The list of district submissions, its filters, and a union's share of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection, in_batches
from chassis.validation import DayRange
from chassis.web import Order, PageRequest

if TYPE_CHECKING:
    import asyncpg


#: A number finds the submission and, as the drill-down goes, the unit batches in it (A12, A23).
WHERE = """
    ($1::uuid IS NULL OR s.union_id = $1
     OR s.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$1::uuid]))
    AND ($2::text IS NULL OR starts_with(s.submission_no, $2) OR EXISTS (
        SELECT FROM submission_lines n WHERE n.submission_no = s.submission_no AND starts_with(n.batch_no, $2)))
    AND ($3::text IS NULL OR s.enrollment_type = $3)
    AND ($4::text IS NULL OR s.state = $4)
    AND ($5::integer IS NULL OR s.year = $5)
    AND ($6::timestamptz IS NULL OR s.submitted_at >= $6) AND ($7::timestamptz IS NULL OR s.submitted_at < $7)
    AND ($8::timestamptz IS NULL OR s.decided_at >= $8) AND ($9::timestamptz IS NULL OR s.decided_at < $9)
    AND (($8::timestamptz IS NULL AND $9::timestamptz IS NULL) OR s.state = 'confirmed')
"""
ORDER = Order(
    {
        "submission_no": "s.submission_no",
        "submitted_at": "s.submitted_at",
        "updated_at": "s.updated_at",
        "confirmed_at": "CASE WHEN s.state = 'confirmed' THEN s.decided_at END",
        "feedback_at": "s.feedback_at",
        "heads": "s.heads",
        "total_fen": "(s.city_fen + s.district_fen + s.unit_fen)",
        "state": "s.state",
        "union_name": "s.union_name",
    },
    default="-submitted_at",
    tie="s.submission_no DESC",
)
SELECT = """SELECT s.*, s.city_fen + s.district_fen + s.unit_fen AS total_fen,
        CASE WHEN s.state = 'confirmed' THEN s.decided_at END AS confirmed_at
    FROM submissions s WHERE"""


@dataclass(frozen=True, slots=True)
class Sought:
    """Filters of the list; None = 全部, and as scope the city."""

    scope_id: UUID | None
    number: str | None = None
    enrollment_type: str | None = None
    state: str | None = None
    year: int | None = None
    submitted: DayRange = field(default_factory=DayRange)
    confirmed: DayRange = field(default_factory=DayRange)

    def values(self) -> tuple[Any, ...]:
        return (
            *(self.scope_id, self.number or None, self.enrollment_type, self.state, self.year),
            *(self.submitted.start, self.submitted.end, self.confirmed.start, self.confirmed.end),
        )


async def page_of_submissions(
    connection: Connection, sought: Sought, page: PageRequest
) -> "tuple[int, list[asyncpg.Record]]":
    """A page of submissions, newest first unless asked otherwise, and how many there are."""
    order = ORDER.by(page)
    total = await connection.fetchval(f"SELECT count(*) FROM submissions s WHERE {WHERE}", *sought.values())  # noqa: S608
    rows = await connection.fetch(
        f"{SELECT} {WHERE} ORDER BY {order} LIMIT $10 OFFSET $11", *sought.values(), page.limit, page.offset
    )
    return total, rows


async def every_submission(
    connection: Connection, sought: Sought, page: PageRequest
) -> "AsyncIterator[list[asyncpg.Record]]":
    """The whole list in the order of `page`, so many at a time."""
    async for rows in in_batches(connection, f"{SELECT} {WHERE} ORDER BY {ORDER.by(page)}", *sought.values()):
        yield rows
