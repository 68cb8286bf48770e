"""Every SQL statement of the service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chassis.web import Order, PageRequest
from sample_svc.domain import Sample

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]

ORDER = Order({"published_at": "published_at", "event_key": "event_key"}, default="-published_at", tie="event_id")


async def add_samples(connection: "Connection", samples: Sequence[Sample]) -> None:
    """Store samples; those of an event that was handled before stay as they are."""
    await connection.execute(
        """INSERT INTO samples (event_id, event_key, published_at)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
           ON CONFLICT (event_id) DO NOTHING""",
        [sample.event_id for sample in samples],
        [sample.event_key for sample in samples],
        [sample.published_at for sample in samples],
    )


async def count_samples(connection: "Connection") -> int:
    """How many samples there are."""
    count: int = await connection.fetchval("SELECT count(*) FROM samples")
    return count


async def list_samples(connection: "Connection", page: PageRequest) -> list["asyncpg.Record"]:
    """One page of samples, the latest first unless asked otherwise."""
    order = ORDER.by(page)
    statement = f"SELECT event_id, event_key, published_at FROM samples ORDER BY {order} LIMIT $1 OFFSET $2"  # noqa: S608
    return await connection.fetch(statement, page.limit, page.offset)
