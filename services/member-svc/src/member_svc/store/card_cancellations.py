"""Requests to cancel card batches as a superior union reads them (F042)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection
from chassis.web import Order, PageRequest
from member_svc.store.card_batches import IN_SCOPE

ORDER = Order(
    {
        "requested_at": "c.requested_at",
        "batch_no": "b.batch_no",
        "union_name": "u.name",
        "heads": "b.heads",
        "state": "c.state",
    },
    default="-requested_at",
    tie="c.cancellation_id",
)


@dataclass(slots=True)
class CancellationFilter:
    """None = not asked for; `scope_id` None = the whole city."""

    scope_id: UUID | None
    union_id: UUID | None = None
    state: str | None = None
    batch_no: str | None = None


FILTER = f"""
    FROM card_cancellations AS c JOIN card_batches AS b USING (batch_id) LEFT JOIN unions AS u USING (union_id)
    WHERE ($1::uuid IS NULL OR {IN_SCOPE.format("$1")}) AND ($2::uuid IS NULL OR {IN_SCOPE.format("$2")})
      AND ($3::text IS NULL OR c.state = $3) AND ($4::text IS NULL OR b.batch_no = $4)"""


async def count(connection: Connection, wanted: CancellationFilter) -> int:
    """How many requests fit."""
    return int(await connection.fetchval(f"SELECT count(*) {FILTER}", *_arguments(wanted)))


async def page(connection: Connection, wanted: CancellationFilter, page: PageRequest) -> list[Record]:
    """Requests that fit, the newest first, with the batch's number, heads and version."""
    sql = f"""SELECT c.*, b.batch_no, b.union_id, b.heads, b.version, u.name AS union_name {FILTER}
              ORDER BY {ORDER.by(page)} LIMIT $5 OFFSET $6"""
    return list(await connection.fetch(sql, *_arguments(wanted), page.limit, page.offset))


def _arguments(wanted: CancellationFilter) -> list[Any]:
    return [wanted.scope_id, wanted.union_id, wanted.state, wanted.batch_no]
