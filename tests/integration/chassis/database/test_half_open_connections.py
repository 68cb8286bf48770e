"""If PostgreSQL vanishes and its connections stay open, a caller waits for one time-out, not for one time-out per
statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from integration.chassis.sample_service import Sample

from chassis.database import Database
from chassis.resilience.error_classification import INFRASTRUCTURE
from chassis.testing import service_under_test
from faults.rig.proxy import Proxy

#: Far longer than a test is allowed to run: a statement that waits for its time-out makes the test fail.
STATEMENT_S = 3_600.0
LONG_S = 60.0


@pytest.fixture
async def wire(database: str) -> AsyncIterator[Proxy]:
    port = urlsplit(database).port
    assert port is not None
    with Proxy(port) as proxy:
        yield proxy


@asynccontextmanager
async def pool(
    sample: Sample, database: str, wire: Proxy, *, statement_s: float = STATEMENT_S
) -> AsyncIterator[Database]:
    """A service's pool whose connections go through the proxy `wire`."""
    through = database.replace(f":{urlsplit(database).port}/", f":{wire.port}/")
    async with service_under_test(sample.service, through, command_timeout_s=statement_s) as bench:
        yield bench.database
        # Without this reset, the closing of the pool would wait for idle connections that never answer.
        wire.reset_all()


async def ask(database: Database) -> int:
    async with database.work(uuid4()) as work:
        found: int = await work.connection.fetchval("SELECT 1")
        return found


async def several_at_once(database: Database, count: int) -> None:
    """Use several connections at once, so that the pool opens that many."""

    async def hold() -> None:
        async with database.connection() as connection:
            await connection.fetchval("SELECT pg_sleep(0.2)")

    await asyncio.gather(*(hold() for _ in range(count)))


async def test_one_time_out_and_all_connections_of_the_pool_are_replaced(
    sample: Sample, database: str, wire: Proxy
) -> None:
    async def into_the_void(pooled: Database) -> None:
        async with pooled.connection() as connection:
            await connection.fetchval("SELECT 1", timeout=1)

    async with asyncio.timeout(LONG_S), pool(sample, database, wire) as pooled:
        await several_at_once(pooled, 5)
        assert wire.go_dark() >= 5
        with pytest.raises(TimeoutError):
            await into_the_void(pooled)
        assert [await ask(pooled) for _ in range(5)] == [1] * 5


async def test_a_transaction_whose_connection_is_lost_is_rolled_back_with_its_savepoint(
    sample: Sample, database: str, wire: Proxy
) -> None:
    async def lose_the_other_end(pooled: Database) -> None:
        async with pooled.work(uuid4()) as work, work.connection.transaction():
            await work.connection.execute("INSERT INTO leases VALUES ('half done', 'a', now())")
            wire.go_dark()
            await work.connection.execute("INSERT INTO leases VALUES ('the rest', 'a', now())", timeout=1)

    async with asyncio.timeout(LONG_S), pool(sample, database, wire) as pooled:
        with pytest.raises(INFRASTRUCTURE):
            await lose_the_other_end(pooled)
        async with pooled.read() as connection:
            assert await connection.fetchval("SELECT count(*) FROM leases WHERE name = 'half done'") == 0


async def test_a_commit_over_a_lost_connection_reports_an_unknown_result(
    sample: Sample, database: str, wire: Proxy
) -> None:
    async def lose_the_other_end(pooled: Database) -> None:
        async with pooled.work(uuid4()) as work:
            await work.connection.execute("SELECT 1")
            wire.go_dark()

    async with asyncio.timeout(LONG_S), pool(sample, database, wire, statement_s=1.0) as pooled:
        with pytest.raises(TimeoutError):
            await lose_the_other_end(pooled)
        assert await ask(pooled) == 1
