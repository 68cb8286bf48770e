"""The list of dues: its length, its sums, one page, or the whole list for a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, contains
from chassis.web import Order, PageRequest, within

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
FILTER = Statement(
    """WHERE {within} AND (:confirmed_from::timestamptz IS NULL OR confirmed_at >= :confirmed_from)
         AND (:confirmed_before::timestamptz IS NULL OR confirmed_at < :confirmed_before)
         AND (:state::text IS NULL OR state = :state)
         AND (NOT :only_offered OR state IN ('payable', 'partly_paid'))
         AND (:number_pattern::text IS NULL OR submission_no LIKE :number_pattern OR (submission_no, version) IN (
              SELECT submission_no, version FROM due_lines WHERE batch_no LIKE :batch_pattern))
         AND (:enrollment_type::text IS NULL OR enrollment_type = :enrollment_type)
         AND (:year::int IS NULL OR year = :year)
         AND (:overdue_on::date IS NULL OR (due_on <= :overdue_on AND open_fen > 0))""",
    within=within("union_id"),
)
SUMS = """
    count(*) AS submissions, coalesce(sum(heads), 0)::bigint AS heads,
    coalesce(sum(city_fen), 0)::bigint AS city_fen, coalesce(sum(district_fen), 0)::bigint AS district_fen,
    coalesce(sum(unit_fen), 0)::bigint AS unit_fen, coalesce(sum(due_fen), 0)::bigint AS due_fen,
    coalesce(sum(paid_fen), 0)::bigint AS paid_fen, coalesce(sum(pending_fen), 0)::bigint AS pending_fen,
    coalesce(sum(open_fen), 0)::bigint AS open_fen"""
COUNT = Statement("SELECT count(*) FROM dues AS d {filter}", filter=FILTER)
LIST = Statement("SELECT * FROM dues AS d {filter} ORDER BY {order}", filter=FILTER, order=ORDER)
PAGE = Statement("{list} LIMIT :limit OFFSET :offset", list=LIST)
SUM = Statement("SELECT {sums} FROM dues AS d {filter}", sums=SUMS, filter=FILTER)
SUM_BY_UNION = Statement(
    """SELECT union_id, max(union_name) AS union_name, state, {sums},
              count(*) FILTER (WHERE due_on <= :last_overdue_day AND open_fen > 0) AS overdue
       FROM dues AS d {filter} GROUP BY union_id, state ORDER BY 2 NULLS LAST, union_id, state""",
    sums=SUMS,
    filter=FILTER,
)


@dataclass(frozen=True, slots=True)
class DueFilter:
    """Filters of the list; None = no restriction. `scope_id`: a union with its subtree; None = the whole city.

    `number`: any part of a submission's number, or the beginning of the number of one of its batches (A12). There are a
    thousand times as many batches as submissions, so the search for a batch needs an index, and this index finds only
    beginnings. `overdue_on`: only dues with `open_fen` > 0 that were due on this day or before. `only_offered`: True if
    only dues that accept a voucher are listed.
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

    @property
    def number_pattern(self) -> str | None:
        return contains(self.number)

    @property
    def batch_pattern(self) -> str | None:
        return self.number_pattern.removeprefix("%") if self.number_pattern else None


async def count_dues(connection: Connection, due_filter: DueFilter) -> int:
    """How many dues the list has."""
    return int(await COUNT.fetchval(connection, due_filter))


async def list_dues(connection: Connection, due_filter: DueFilter, page: PageRequest) -> list[Record]:
    """One page of the list, in the order of `page`. Without an order, the latest submission comes first."""
    return await PAGE.fetch(connection, due_filter, page, order=page)


def all_dues(connection: Connection, due_filter: DueFilter, sort: str | None = None) -> AsyncIterator[list[Record]]:
    """The whole list for a file. Yields several rows at a time."""
    return LIST.batches(connection, due_filter, order=PageRequest(sort=sort))


async def sum_dues(connection: Connection, due_filter: DueFilter) -> Record:
    """The number of dues in the whole list, and the sums of their heads and money."""
    [row] = await SUM.fetch(connection, due_filter)
    return row


async def sums_by_union(connection: Connection, due_filter: DueFilter, overdue_on: date) -> list[Record]:
    """For each union and state: the number of dues, their heads and money, and how many are overdue (F059, D24).

    A due is overdue if its `open_fen` > 0, and it was due on `overdue_on` or before.
    """
    return await SUM_BY_UNION.fetch(connection, due_filter, last_overdue_day=overdue_on)
