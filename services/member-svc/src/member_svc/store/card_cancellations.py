"""Statements that list the requests to cancel card batches (F042)."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import Order, PageRequest, within
from member_svc.store.card_batches import CANCELLATION

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
    """None = no filter. `scope_id` None = the whole city."""

    scope_id: UUID | None
    union_id: UUID | None = None
    state: str | None = None
    batch_no: str | None = None


FILTER = Statement(
    """FROM card_cancellations AS c JOIN card_batches AS b USING (batch_id) LEFT JOIN unions AS u USING (union_id)
    WHERE {in_reach} AND {in_union}
      AND (:state::text IS NULL OR c.state = :state) AND (:batch_no::text IS NULL OR b.batch_no = :batch_no)""",
    in_reach=within("b.union_id"),
    in_union=within("b.union_id", "union_id"),
)
COUNT = Statement("SELECT count(*) {filter}", filter=FILTER)
PAGE = Statement(
    """SELECT {c.cancellation}, b.batch_no, b.union_id, b.heads, b.version, u.name AS union_name {filter}
       ORDER BY {order} LIMIT :limit OFFSET :offset""",
    cancellation=CANCELLATION,
    filter=FILTER,
    order=ORDER,
)


async def count(connection: Connection, filters: CancellationFilter) -> int:
    """The number of requests that the filter matches."""
    return int(await COUNT.fetchval(connection, filters))


async def page(connection: Connection, filters: CancellationFilter, page: PageRequest) -> list[Record]:
    """A page of matching requests with the batch's number, heads and version.

    The newest request comes first unless the page request names another order.
    """
    return await PAGE.fetch(connection, filters, page, order=page)
