"""The adapter of the registries asks the simulator, which replaces the registries in the demo."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from integration.simulator.district import until

from chassis.domain import FixedClock
from chassis.testing import NOON, bench_keys
from contracts.words import DocumentType
from simulator.app import build_app
from simulator.database import migrate
from simulator.settings import Settings
from status_checker.gateways.http import HttpRegistry
from status_checker.gateways.registry import MOST_PEOPLE, RegistryBusy, RegistryDown, RegistryQuery, RegistryRefused

NUMBERS = ["310101199003071230", "310101196501150018", "440524188001010014", "11010519491231002X"]
PEOPLE = [RegistryQuery(str(i), DocumentType.RESIDENT_ID, number) for i, number in enumerate(NUMBERS)]
RECORDS = [
    {"id_number": NUMBERS[0], "card_status": "正常", "employment_status": "在职"},
    {"id_number": NUMBERS[1], "card_status": "未知", "employment_status": "离职"},
    {"id_number": NUMBERS[2], "card_status": "-", "employment_status": "-"},
]


@pytest.fixture
async def city(empty_database: str) -> AsyncIterator[httpx.AsyncClient]:
    await migrate(empty_database)
    app = build_app(
        Settings(database_url=empty_database, key_file=Path("unused")), keys=bench_keys(), clock=FixedClock(NOON)
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://city") as client,
    ):

        async def ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await until(ready)
        assert (await client.put("/registries/records", json=RECORDS)).status_code == 200
        yield client


def registry(city: httpx.AsyncClient, name: str) -> HttpRegistry:
    return HttpRegistry(city, "http://city", name, timeout_s=10)


async def test_codes_come_as_they_are_loaded_and_no_record_comes_not_at_all(city: httpx.AsyncClient) -> None:
    card, employment = await registry(city, "card").ask(PEOPLE), await registry(city, "employment").ask(PEOPLE)
    assert (card.codes, card.partial) == ({"0": "1", "1": "99", "3": "0"}, False)
    assert (employment.codes, employment.partial) == ({"0": "10", "1": "11", "3": "90"}, False)


async def test_left_out_people_make_a_partial_reply(city: httpx.AsyncClient) -> None:
    await city.put("/faults", json={"target": "card", "partial_rate": 1.0})
    reply = await registry(city, "card").ask(PEOPLE)
    assert (reply.codes, reply.partial) == ({}, True)


async def test_trouble_is_told_apart(city: httpx.AsyncClient) -> None:
    crowd = [RegistryQuery(str(i), DocumentType.RESIDENT_ID, NUMBERS[0]) for i in range(MOST_PEOPLE + 1)]
    with pytest.raises(RegistryRefused, match="413"):
        await registry(city, "card").ask(crowd)
    await city.put("/faults", json={"target": "card", "down": True})
    with pytest.raises(RegistryDown, match="503"):
        await registry(city, "card").ask(PEOPLE)
    await city.put("/faults", json={"target": "employment", "rate_limit_per_s": 0.1})
    await registry(city, "employment").ask(PEOPLE)
    with pytest.raises(RegistryBusy) as busy:
        await registry(city, "employment").ask(PEOPLE)
    assert busy.value.retry_after_s == pytest.approx(10, abs=2)
