"""Fixtures for the real servers; tests/conftest.py provides them to every test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from support.databases import Templates, fresh_database
from support.infrastructure import kafka_server, postgres_server
from support.topics import create_topics

MakeDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """The `host:port` of one broker. All tests of the run share it, so each test uses its own groups and keys."""
    with kafka_server() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
async def kafka_topics(kafka_bootstrap: str) -> str:
    """The address of the broker, on which all declared topics exist."""
    await create_topics(kafka_bootstrap)
    return kafka_bootstrap


@pytest.fixture(scope="session")
def postgres_admin_url() -> Iterator[str]:
    """The DSN of a superuser on the database `postgres` of one server, which all tests of the run share."""
    with postgres_server() as url:
        yield url


@pytest.fixture
async def empty_database(postgres_admin_url: str) -> AsyncIterator[str]:
    """The DSN of an empty database for this test only."""
    async with fresh_database(postgres_admin_url) as url:
        yield url


@pytest.fixture
async def database(empty_database: str) -> str:
    """The DSN of the test's database. Tests in the folder of a service get a copy of a template with tables instead."""
    return empty_database


@pytest.fixture(scope="session")
async def templates(postgres_admin_url: str) -> AsyncIterator[Templates]:
    """Databases with the tables of services. Tests use copies of them."""
    found = Templates(postgres_admin_url)
    yield found
    await found.close()


@pytest.fixture
async def make_database(postgres_admin_url: str) -> AsyncIterator[MakeDatabase]:
    """For tests that need several databases: `url = await make_database("member_svc")`."""
    async with AsyncExitStack() as stack:

        async def make(prefix: str = "t") -> str:
            return await stack.enter_async_context(fresh_database(postgres_admin_url, prefix))

        yield make
