from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from integration.review_svc.review_driver import ReviewDriver

from chassis.testing import NOON, service_under_test
from review_svc.__main__ import build_service
from review_svc.gateways.fake_center import FakeCenter
from review_svc.store.sums import LINE_SUMS
from support.databases import Templates

PACKAGES = ["chassis", "review_svc"]

COLUMNS = """reviewer_id, state, year, plan, plan_name, enrollment_type, channel, chain, chain_names,
    sum(lines) AS lines, sum(heads) AS heads, sum(city_fen) AS city_fen, sum(district_fen) AS district_fen,
    sum(unit_fen) AS unit_fen"""
GROUPED = """
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    HAVING sum(lines) <> 0 OR sum(heads) <> 0 OR sum(city_fen) <> 0 OR sum(district_fen) <> 0 OR sum(unit_fen) <> 0
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9"""
SUMMED = f"SELECT {COLUMNS} FROM {LINE_SUMS.table.text} AS s {GROUPED}"
LISTED = f"SELECT {COLUMNS} FROM (SELECT *, 1 AS lines FROM lines) AS l WHERE state <> 'arriving' {GROUPED}"


@asynccontextmanager
async def driver_at(database: str) -> AsyncIterator[ReviewDriver]:
    """A driver on this database, with a union tree and a center in memory. At the end, the stored sums must equal the
    sums over the lines.
    """
    center = FakeCenter()
    async with service_under_test(build_service(center), database, silence_s=0) as bench:
        driver = ReviewDriver(bench, center)
        await driver.plant()
        yield driver
        async with bench.database.read() as connection:
            assert await connection.fetch(SUMMED) == await connection.fetch(LISTED)


@pytest.fixture(scope="module")
async def shared_driver(templates: Templates) -> AsyncIterator[ReviewDriver]:
    """A driver whose service and database all tests of a module share."""
    async with templates.copy(PACKAGES) as url, driver_at(url) as driver:
        yield driver


@pytest.fixture
async def driver(shared_driver: ReviewDriver) -> ReviewDriver:
    """A driver with its own union tree in the shared service. The accounts of one test's tree see no line of another
    test's tree."""
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
    """A driver whose service no other test uses. It is for tests that read jobs, dead letters or rows of all unions."""
    async with driver_at(database) as driver:
        yield driver
