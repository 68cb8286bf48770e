from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from integration.review_svc.review_driver import ReviewDriver

from chassis.testing import NOON, service_under_test
from review_svc.__main__ import build_service
from review_svc.gateways.fake_center import FakeCenter
from support.databases import Templates

PACKAGES = ["chassis", "review_svc"]


@asynccontextmanager
async def driver_at(database: str) -> AsyncIterator[ReviewDriver]:
    """A driver on this database, with a union tree and a center in memory."""
    center = FakeCenter()
    async with service_under_test(build_service(center), database, silence_s=0) as bench:
        driver = ReviewDriver(bench, center)
        await driver.plant()
        yield driver


@pytest.fixture(scope="module")
async def shared_driver(templates: Templates) -> AsyncIterator[ReviewDriver]:
    """A driver whose service and database all tests of a module share."""
    async with templates.copy(PACKAGES) as url, driver_at(url) as driver:
        yield driver


@pytest.fixture
async def driver(shared_driver: ReviewDriver) -> ReviewDriver:
    """A driver with its own union tree in the shared service. Accounts of other trees see no line of this tree."""
    shared_driver.bench.clock.instant = NOON
    driver = ReviewDriver(shared_driver.bench, shared_driver.center)
    await driver.plant()
    return driver


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(PACKAGES) as url:
        yield url


@pytest.fixture
async def lone_driver(database: str) -> AsyncIterator[ReviewDriver]:
    """A driver whose service no other test uses: for tests that read jobs, dead letters or rows of all unions."""
    async with driver_at(database) as driver:
        yield driver
