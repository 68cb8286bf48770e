from collections.abc import AsyncIterator

import pytest
from integration.enrollment_svc.enrollment_world import World

from chassis.testing import Bench, service_under_test
from enrollment_svc.__main__ import service
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
async def world(bench: Bench) -> World:
    return await World(bench).build()
