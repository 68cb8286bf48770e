from collections.abc import AsyncIterator

import pytest
from integration.chassis.sample_service import Sample

from chassis.app import RECORD
from chassis.testing import Bench, service_under_test
from support.databases import Templates


@pytest.fixture(autouse=True)
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not record the responses. Recorded responses are compared with the API document of the service whose name the
    sample uses, and this document does not contain the sample's routes."""
    monkeypatch.delenv(RECORD, raising=False)


@pytest.fixture
def sample() -> Sample:
    return Sample()


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(["chassis"]) as url:
        yield url


@pytest.fixture
async def bench(sample: Sample, database: str) -> AsyncIterator[Bench]:
    async with service_under_test(sample.service, database) as bench:
        yield bench
