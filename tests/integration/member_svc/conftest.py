from collections.abc import AsyncIterator

import pytest
from integration.member_svc.handler import Handler

from chassis.testing import Bench, service_under_test
from member_svc.__main__ import service
from support.databases import Templates


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(service.migration_packages) as url:
        yield url


@pytest.fixture
async def bench(database: str) -> AsyncIterator[Bench]:
    async with service_under_test(service, database) as bench:
        yield bench


@pytest.fixture
async def handler(bench: Bench) -> Handler:
    """The handler of a joint union with two enterprises, in a small city."""
    return await Handler.of_a_small_city(bench)
