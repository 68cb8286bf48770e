"""A connection to PostgreSQL whose other end is gone without a word costs one time-out, not one for each step."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from integration.chassis.sample_service import Sample

from chassis.causes import INFRASTRUCTURE
from chassis.database import Database
from chassis.testing import Bench, service_under_test
from faults.proxy import Proxy

#: Without a limit of its own the rollback on such a connection never comes back.
LONG_S = 60.0


@pytest.fixture
async def wire(database: str) -> AsyncIterator[Proxy]:
    port = urlsplit(database).port
    assert port is not None
    with Proxy(port) as proxy:
        yield proxy


@pytest.fixture
async def bench(sample: Sample, database: str, wire: Proxy) -> AsyncIterator[Bench]:
    port = urlsplit(database).port
    through = database.replace(f":{port}/", f":{wire.port}/")
    async with service_under_test(sample.service, through, command_timeout_s=1.0) as bench:
        yield bench


async def ask(database: Database) -> int:
    async with database.work(uuid4()) as work:
        found: int = await work.connection.fetchval("SELECT 1")
        return found


async def several_at_once(database: Database, count: int) -> None:
    """So that the pool holds that many connections."""

    async def hold() -> None:
        async with database.connection() as connection:
            await connection.fetchval("SELECT pg_sleep(0.2)")

    await asyncio.gather(*(hold() for _ in range(count)))


async def test_a_statement_into_the_void_ends_and_the_next_has_a_connection_that_lives(
    bench: Bench, wire: Proxy
) -> None:
    await several_at_once(bench.database, 5)
    assert wire.go_dark() >= 5
    async with asyncio.timeout(LONG_S):
        with pytest.raises(TimeoutError):
            await ask(bench.database)
        # The other four were dark too: they are replaced before anybody waits for them.
        assert [await ask(bench.database) for _ in range(5)] == [1] * 5


async def test_a_transaction_that_loses_its_other_end_is_taken_back_savepoint_and_all(
    bench: Bench, wire: Proxy
) -> None:
    async def lose_the_other_end() -> None:
        async with bench.database.work(uuid4()) as work, work.connection.transaction():
            await work.connection.execute("CREATE TABLE half_done (n int)")
            wire.go_dark()
            await work.connection.execute("INSERT INTO half_done VALUES (1)")

    async with asyncio.timeout(LONG_S):
        with pytest.raises(INFRASTRUCTURE):
            await lose_the_other_end()
        async with bench.database.read() as connection:
            assert await connection.fetchval("SELECT to_regclass('half_done')") is None


async def test_a_commit_into_the_void_says_that_its_end_is_unknown(bench: Bench, wire: Proxy) -> None:
    async def lose_the_other_end() -> None:
        async with bench.database.work(uuid4()) as work:
            await work.connection.execute("SELECT 1")
            wire.go_dark()

    async with asyncio.timeout(LONG_S):
        with pytest.raises(TimeoutError):
            await lose_the_other_end()
        assert await ask(bench.database) == 1
