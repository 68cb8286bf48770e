"""The list of vouchers: its length, one page, or the whole list for a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, contains
from chassis.web import Order, PageRequest, within
from payment_svc.store.vouchers import VOUCHERS

ORDER = Order(
    {
        name: f"v.{name}"
        for name in (
            "file_name",
            "uploaded_at",
            "amount_fen",
            "due_fen",
            "filled_fen",
            "result",
            "paid_on",
            "state",
            "decided_at",
        )
    },
    default="-uploaded_at",
    tie="v.voucher_id",
)
FILTER = Statement(
    """WHERE {within} AND (:uploaded_from::timestamptz IS NULL OR uploaded_at >= :uploaded_from)
         AND (:uploaded_before::timestamptz IS NULL OR uploaded_at < :uploaded_before)
         AND (:state::text IS NULL OR state = :state)
         AND (:file_pattern::text IS NULL OR file_name_key LIKE :file_pattern)
         AND (:number_pattern::text IS NULL OR EXISTS (
              SELECT FROM voucher_fills AS f
              WHERE f.voucher_id = v.voucher_id AND f.submission_no LIKE :number_pattern))
         AND (:result::text IS NULL OR result = :result)""",
    within=within("union_id"),
)
COUNT = Statement("SELECT count(*) FROM vouchers AS v {filter}", filter=FILTER)
LIST = Statement("{vouchers} {filter} ORDER BY {order}", vouchers=VOUCHERS, filter=FILTER, order=ORDER)
PAGE = Statement("{list} LIMIT :limit OFFSET :offset", list=LIST)


@dataclass(frozen=True, slots=True)
class VoucherFilter:
    """Filters of the list; None = no restriction. `scope_id`: a union with its subtree; None = the whole city."""

    scope_id: UUID | None
    uploaded_from: datetime | None = None
    uploaded_before: datetime | None = None
    state: str | None = None
    file_name_key: str | None = None
    submission_no: str | None = None
    result: str | None = None

    @property
    def file_pattern(self) -> str | None:
        return contains(self.file_name_key)

    @property
    def number_pattern(self) -> str | None:
        return contains(self.submission_no)


async def count_vouchers(connection: Connection, voucher_filter: VoucherFilter) -> int:
    """How many vouchers the list has."""
    return int(await COUNT.fetchval(connection, voucher_filter))


async def list_vouchers(connection: Connection, voucher_filter: VoucherFilter, page: PageRequest) -> list[Record]:
    """One page of vouchers and their fills, in the order of `page`. Without an order, the latest upload comes first."""
    return await PAGE.fetch(connection, voucher_filter, page, order=page)


def all_vouchers(
    connection: Connection, voucher_filter: VoucherFilter, sort: str | None = None
) -> AsyncIterator[list[Record]]:
    """The whole list for a file. Yields several rows at a time."""
    return LIST.batches(connection, voucher_filter, order=PageRequest(sort=sort))
