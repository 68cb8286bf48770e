"""All SQL statements of the service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chassis.sql import Connection, Statement, columns_of, rows_of
from chassis.web import Order, PageRequest
from sample_svc.domain import Sample
from sample_svc.tables import SampleRow

if TYPE_CHECKING:
    import asyncpg

ORDER = Order({"published_at": "published_at", "event_key": "event_key"}, default="-published_at", tie="event_id")
SAMPLE = columns_of(SampleRow, Sample)

ADD = Statement(
    """INSERT INTO samples ({sample}) SELECT {sample} FROM {samples} AS s
       ON CONFLICT (event_id) DO NOTHING""",
    sample=SAMPLE,
    samples=rows_of(SAMPLE),
)
COUNT = Statement("SELECT count(*) FROM samples")
PAGE = Statement(
    "SELECT {sample} FROM samples ORDER BY {order} LIMIT :limit OFFSET :offset", sample=SAMPLE, order=ORDER
)


async def add_samples(connection: Connection, samples: Sequence[Sample]) -> None:
    """Store samples. If an event was handled before, its sample stays as it is."""
    await ADD.execute(connection, samples=samples)


async def count_samples(connection: Connection) -> int:
    """The number of samples."""
    count: int = await COUNT.fetchval(connection)
    return count


async def list_samples(connection: Connection, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of samples, the latest first unless the request names another order."""
    return await PAGE.fetch(connection, page, order=page)
