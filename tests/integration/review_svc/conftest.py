from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from integration.review_svc.desk import Desk

from chassis.testing import NOON, service_under_test
from review_svc.__main__ import build_service
from review_svc.gateways.fake_center import FakeCenter
from support.databases import fresh_database


@asynccontextmanager
async def desk_at(database: str) -> AsyncIterator[Desk]:
    """A planted tree and a center in memory."""
    center = FakeCenter()
    async with service_under_test(build_service(center), database, silence_s=0) as bench:
        desk = Desk(bench, center)
        await desk.plant()
        yield desk


@pytest.fixture(scope="module")
async def office(postgres_admin_url: str) -> AsyncIterator[Desk]:
    """One service and database for all tests of a module."""
    async with fresh_database(postgres_admin_url) as url, desk_at(url) as desk:
        yield desk


@pytest.fixture
async def desk(office: Desk) -> Desk:
    """A tree of this test's own in the common office: who is in no tree of it sees nothing of it."""
    office.bench.clock.instant = NOON
    desk = Desk(office.bench, office.center)
    await desk.plant()
    return desk


@pytest.fixture
async def lone_desk(database: str) -> AsyncIterator[Desk]:
    """For tests that look at what is behind the trees: requests, dead letters, what is at rest."""
    async with desk_at(database) as desk:
        yield desk
