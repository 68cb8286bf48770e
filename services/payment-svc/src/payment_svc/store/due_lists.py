"""Statements on lists of dues: count, page, sums, the whole list in batches."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection, contains, in_batches
from chassis.web import Order, PageRequest
from payment_svc.store.scope import IN_SCOPE

if TYPE_CHECKING:
    import asyncpg

ORDER = Order(
    {
        name: f"d.{name}"
        for name in (
            "submission_no",
            "union_name",
            "year",
            "enrollment_type",
            "state",
            "heads",
            "district_fen",
            "unit_fen",
            "due_fen",
            "paid_fen",
            "open_fen",
            "due_on",
            "submitted_at",
            "confirmed_at",
            "voucher_at",
            "feedback_at",
            "updated_at",
        )
    },
    default="-submitted_at",
    tie="d.submission_no",
)
_WANTED = f"""{IN_SCOPE} AND ($2::timestamptz IS NULL OR confirmed_at >= $2)
    AND ($3::timestamptz IS NULL OR confirmed_at < $3)
    AND ($4::text IS NULL OR state = $4) AND (NOT $5 OR state IN ('payable', 'partly_paid'))
    AND ($6::text IS NULL OR submission_no LIKE $6
         OR (submission_no, version) IN (SELECT submission_no, version FROM due_lines WHERE batch_no LIKE $7))
    AND ($8::text IS NULL OR enrollment_type = $8) AND ($9::int IS NULL OR year = $9)
    AND ($10::date IS NULL OR (due_on <= $10 AND open_fen > 0))"""  # noqa: S608
_SUMS = """count(*) AS submissions, coalesce(sum(heads), 0)::bigint AS heads,
           coalesce(sum(city_fen), 0)::bigint AS city_fen, coalesce(sum(district_fen), 0)::bigint AS district_fen,
           coalesce(sum(unit_fen), 0)::bigint AS unit_fen, coalesce(sum(due_fen), 0)::bigint AS due_fen,
           coalesce(sum(paid_fen), 0)::bigint AS paid_fen, coalesce(sum(pending_fen), 0)::bigint AS pending_fen,
           coalesce(sum(open_fen), 0)::bigint AS open_fen"""


@dataclass(frozen=True, slots=True)
class DuesWanted:
    """Which dues a list shows. `scope_id` None = the whole city; `confirmed_before` is the first instant outside.

    `number`: part of a submission's number, or the beginning of a unit batch's in it (A12); there are a thousand
    times as many of those, and an index finds beginnings only. `overdue_on`: due on that day or before, and still open.
    """

    scope_id: UUID | None
    confirmed_from: datetime | None = None
    confirmed_before: datetime | None = None
    state: str | None = None
    only_offered: bool = False
    number: str | None = None
    enrollment_type: str | None = None
    year: int | None = None
    overdue_on: date | None = None

    def arguments(self) -> tuple[Any, ...]:
        part = contains(self.number)
        return (
            self.scope_id,
            self.confirmed_from,
            self.confirmed_before,
            self.state,
            self.only_offered,
            part,
            part.removeprefix("%") if part else None,
            self.enrollment_type,
            self.year,
            self.overdue_on,
        )


async def list_dues(connection: Connection, wanted: DuesWanted, page: PageRequest) -> list["asyncpg.Record"]:
    """One page, the latest submission first unless asked otherwise."""
    return await connection.fetch(
        f"SELECT * FROM dues d WHERE {_WANTED} ORDER BY {ORDER.by(page)} LIMIT $11 OFFSET $12",  # noqa: S608
        *wanted.arguments(),
        page.limit,
        page.offset,
    )


async def sum_dues(connection: Connection, wanted: DuesWanted) -> "asyncpg.Record":
    """Number, heads and money of a whole list, whatever its pages."""
    row: asyncpg.Record | None = await connection.fetchrow(
        f"SELECT {_SUMS} FROM dues d WHERE {_WANTED}",  # noqa: S608
        *wanted.arguments(),
    )
    assert row is not None
    return row


async def count_dues(connection: Connection, wanted: DuesWanted) -> int:
    """How many dues a list has."""
    count: int = await connection.fetchval(f"SELECT count(*) FROM dues d WHERE {_WANTED}", *wanted.arguments())  # noqa: S608
    return count


async def all_dues(
    connection: Connection, wanted: DuesWanted, sort: str | None = None
) -> AsyncIterator[Sequence["asyncpg.Record"]]:
    """The whole list in batches, for a file."""
    order = ORDER.by(PageRequest(sort=sort))
    async for rows in in_batches(
        connection,
        f"SELECT * FROM dues d WHERE {_WANTED} ORDER BY {order}",  # noqa: S608
        *wanted.arguments(),
    ):
        yield rows


async def sums_by_union(connection: Connection, wanted: DuesWanted, overdue_on: date) -> list["asyncpg.Record"]:
    """Number, heads and money per union and state, with how many are overdue on that day (F059, D24)."""
    return await connection.fetch(
        f"""SELECT union_id, max(union_name) AS union_name, state, {_SUMS},
                   count(*) FILTER (WHERE due_on <= $11 AND open_fen > 0) AS overdue
            FROM dues d WHERE {_WANTED} GROUP BY union_id, state ORDER BY 2 NULLS LAST, union_id, state""",  # noqa: S608
        *wanted.arguments(),
        overdue_on,
    )
