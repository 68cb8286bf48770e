"""Tests that each implementation of `Center` must pass: the fake, and the HTTP client with the simulator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from integration.review_svc.submissions.centers import CenterDriver, InMemory, simulated_center

from chassis.jobs import GiveUp, Unavailable
from review_svc.gateways.fake_center import FakeCenter

NUMBER = "CB202405109000"
LINE, UNION = UUID(int=1), UUID(int=2)
RATE = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
PEOPLE = [
    {"line_id": LINE, "member_id": UUID(int=10 + n), "name": "张三", "document_type": "resident_id"}
    | {"document_number": f"3101011990{n:08}", "mobile": None}
    for n in range(3)
]


def fee(heads: int) -> dict[str, int]:
    return {name: fen * heads for name, fen in RATE.items()}


def head(**other: Any) -> dict[str, Any]:
    line = {"batch_no": "CB202405100001", "line_id": LINE, "union_id": UNION, "unit_id": UNION}
    return {
        "union_id": UNION, "union_name": "某区总工会", "year": 2024, "enrollment_type": "immediate",
        "heads": 3, "fee": fee(3), "lines": [line | {"heads": 3, "fee": fee(3)}], "parts": 2,
        "handler": {"name": "王经办", "mobile": "13800000000", "email": "a@example.org"},
        "callback_url": "http://127.0.0.1:9/center/decisions",
    } | other  # fmt: skip


async def parts(break_after: int | None = None) -> AsyncIterator[list[dict[str, Any]]]:
    """Three people in two parts. The iterator fails before the part with the index `break_after`."""
    for index, part in enumerate((PEOPLE[:2], PEOPLE[2:])):
        if index == break_after:
            raise Unavailable("the database is away")
        yield part


@pytest.fixture(params=["fake", "simulator"])
async def driver(
    request: pytest.FixtureRequest, make_database: Callable[[str], Awaitable[str]]
) -> AsyncIterator[CenterDriver]:
    if request.param == "fake":
        yield InMemory(FakeCenter())
    else:
        async with simulated_center(await make_database("simulator")) as simulated:
            yield simulated


async def test_a_submission_that_was_never_sent_is_unknown(driver: CenterDriver):
    assert await driver.center.look_up(NUMBER, 1) is None


async def test_a_submission_sent_whole_is_received_and_may_be_sent_again(driver: CenterDriver):
    for _ in range(2):
        await driver.center.send(NUMBER, 1, head(), parts())
        view = await driver.center.look_up(NUMBER, 1)
        assert view is not None
        assert (view.state, list(view.decisions)) == ("received", [])


async def test_a_submission_that_broke_off_is_sent_again_from_the_start(driver: CenterDriver):
    with pytest.raises(Unavailable):
        await driver.center.send(NUMBER, 1, head(), parts(break_after=1))
    view = await driver.center.look_up(NUMBER, 1)
    assert view is not None
    assert view.state == "receiving"
    await driver.center.send(NUMBER, 1, head(), parts())
    view = await driver.center.look_up(NUMBER, 1)
    assert view is not None
    assert view.state == "received"


async def test_other_content_under_the_same_number_is_given_up(driver: CenterDriver):
    await driver.center.send(NUMBER, 1, head(), parts())
    with pytest.raises(GiveUp, match="CONTENT_DIFFERS"):
        await driver.center.send(NUMBER, 1, head(union_name="别的工会"), parts())


async def test_a_decision_can_be_asked_for(driver: CenterDriver):
    await driver.center.send(NUMBER, 1, head(), parts())
    await driver.confirm(NUMBER)
    view = await driver.center.look_up(NUMBER, 1)
    assert view is not None
    [decision] = view.decisions
    assert view.state == decision["decision"] == "confirmed"
    assert (decision["submission_no"], decision["version"], decision["line_ids"]) == (NUMBER, 1, [])
    assert (decision["heads"], decision["fee"]) == (3, fee(3))
