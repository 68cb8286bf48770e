from collections.abc import AsyncIterator

import pytest
from integration.chassis.sample_service import Sample

from chassis.testing import Bench, service_under_test


@pytest.fixture
def sample() -> Sample:
    return Sample()


@pytest.fixture
async def bench(sample: Sample, database: str) -> AsyncIterator[Bench]:
    async with service_under_test(sample.service, database) as bench:
        yield bench
