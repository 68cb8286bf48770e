"""sample-svc on a real database: each event is stored once and listed."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.testing import Bench, service_under_test
from contracts.payments import VoucherAccepted
from sample_svc.__main__ import service

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
EXAMPLE = json.loads((EXAMPLES / f"{VoucherAccepted.ce_type}.json").read_text())
EVENT = VoucherAccepted.model_validate(EXAMPLE["value"])


@pytest.fixture
async def bench(database: str) -> AsyncIterator[Bench]:
    async with service_under_test(service, database) as bench:
        yield bench


async def test_a_second_delivery_stores_nothing_more(bench: Bench):
    records = await bench.deliver(EVENT)
    await bench.redeliver(records)
    listed = (await bench.client.get("/samples", headers=bench.token("municipal", None))).json()
    assert [row["event_key"] for row in listed["items"]] == [EVENT.key()]
    assert await bench.dead_letters() == []


async def test_an_account_of_one_district_sees_nothing(bench: Bench):
    await bench.deliver(EVENT)
    answer = await bench.client.get("/samples", headers=bench.token("municipal", uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (403, "CITY_SCOPE_REQUIRED")
