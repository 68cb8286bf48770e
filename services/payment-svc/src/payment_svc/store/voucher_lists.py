"""Statements on lists of vouchers: count, page, the whole list in batches."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection, contains, in_batches
from chassis.web import Order, PageRequest
from payment_svc.store.scope import IN_SCOPE
from payment_svc.store.vouchers import FILLS

if TYPE_CHECKING:
    import asyncpg

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
_WANTED = f"""{IN_SCOPE} AND ($2::timestamptz IS NULL OR uploaded_at >= $2)
    AND ($3::timestamptz IS NULL OR uploaded_at < $3)
    AND ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR file_name_key LIKE $5)
    AND ($6::text IS NULL OR EXISTS (
         SELECT FROM voucher_fills f WHERE f.voucher_id = v.voucher_id AND f.submission_no LIKE $6))
    AND ($7::text IS NULL OR result = $7)"""


@dataclass(frozen=True, slots=True)
class VouchersWanted:
    """Which vouchers a list shows. `scope_id` None = the whole city; `uploaded_before` is the first instant outside."""

    scope_id: UUID | None
    uploaded_from: datetime | None = None
    uploaded_before: datetime | None = None
    state: str | None = None
    file_name_key: str | None = None
    submission_no: str | None = None
    result: str | None = None

    def arguments(self) -> tuple[Any, ...]:
        return (
            self.scope_id,
            self.uploaded_from,
            self.uploaded_before,
            self.state,
            contains(self.file_name_key),
            contains(self.submission_no),
            self.result,
        )


async def count_vouchers(connection: Connection, wanted: VouchersWanted) -> int:
    """How many vouchers a list has."""
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM vouchers v WHERE {_WANTED}",  # noqa: S608
        *wanted.arguments(),
    )
    return count


async def list_vouchers(connection: Connection, wanted: VouchersWanted, page: PageRequest) -> list["asyncpg.Record"]:
    """One page with what each fills, the latest upload first unless asked otherwise."""
    return await connection.fetch(
        f"""SELECT v.*, ({FILLS}) AS submissions FROM vouchers v WHERE {_WANTED}
            ORDER BY {ORDER.by(page)} LIMIT $8 OFFSET $9""",  # noqa: S608
        *wanted.arguments(),
        page.limit,
        page.offset,
    )


async def all_vouchers(
    connection: Connection, wanted: VouchersWanted, sort: str | None = None
) -> AsyncIterator[Sequence["asyncpg.Record"]]:
    """The whole list in batches, for a file."""
    order = ORDER.by(PageRequest(sort=sort))
    async for rows in in_batches(
        connection,
        f"SELECT v.*, ({FILLS}) AS submissions FROM vouchers v WHERE {_WANTED} ORDER BY {order}",  # noqa: S608
        *wanted.arguments(),
    ):
        yield rows
