from collections.abc import AsyncIterator

import pytest
from integration.review_svc.desk import Desk

from chassis.testing import service_under_test
from review_svc.__main__ import build_service
from review_svc.fake_center import FakeCenter


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    """A planted tree and a center in memory."""
    center = FakeCenter()
    async with service_under_test(build_service(center), database, silence_s=0) as bench:
        desk = Desk(bench, center)
        await desk.plant()
        yield desk
