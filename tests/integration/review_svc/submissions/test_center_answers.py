"""The center's answers, valid and invalid, and the whole way of a submission to the simulator and back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from integration.review_svc.review_driver import HANDLER, RATE, ReviewDriver
from integration.review_svc.submissions.centers import Simulated, simulated_center

from chassis.testing import service_under_test
from contracts.enrollments import ChainStep
from contracts.reviews import BatchCompleted, CenterConfirmed, CenterRejected, WithdrawalRefused
from contracts.words import Role
from review_svc.__main__ import build_service
from review_svc.gateways.center import CenterView


@pytest.mark.row("A62")
async def test_the_confirmation_counts_from_the_centers_own_instant(driver: ReviewDriver):
    await driver.submitted(3)
    number = await driver.at_center()
    decided_at = driver.bench.clock.now() - timedelta(hours=30)
    await driver.center_decides(number, "confirmed", 3, decided_at=decided_at.isoformat())
    [confirmed] = await driver.published(CenterConfirmed)
    assert confirmed.confirmed_at == decided_at


@pytest.mark.row("A53")
@pytest.mark.parametrize("wrong", ["heads", "fee", "line"])
async def test_a_rejection_of_other_lines_or_sums_is_refused_and_changes_nothing(driver: ReviewDriver, wrong: str):
    line = await driver.submitted(2)
    number = await driver.at_center()
    more: dict[str, Any] = {"line_ids": [str(line.line_id)]}
    if wrong == "fee":
        more["fee"] = RATE.times(1).model_dump()
    if wrong == "line":
        more["line_ids"].append(str(uuid4()))
    answer = await driver.center_decides(number, "rejected", 1 if wrong == "heads" else 2, status=409, **more)
    assert answer["code"] == "DECISION_DIFFERS"
    assert await driver.published(CenterRejected) == []
    assert await driver.listed(driver.district) == []


@pytest.mark.row("A53")
async def test_a_confirmed_submission_cannot_be_rejected(driver: ReviewDriver):
    await driver.submitted(2)
    number = await driver.at_center()
    await driver.center_decides(number, "confirmed", 2)
    answer = await driver.center_decides(number, "rejected", 2, status=409)
    assert answer["code"] == "SUBMISSION_CONFIRMED"
    assert await driver.published(CenterRejected) == []


@pytest.mark.row("A53")
async def test_a_confirmation_that_overtakes_a_rejection_waits_for_it(driver: ReviewDriver):
    first, _ = await driver.submitted(2), await driver.submitted(1, batch_no="CB202405100002")
    number = await driver.at_center()
    assert (await driver.center_decides(number, "confirmed", 1, status=409))["code"] == "DECISION_DIFFERS"
    await driver.center_decides(number, "rejected", 2, line_ids=[str(first.line_id)])
    assert await driver.center_decides(number, "confirmed", 1) == {"applied": True}


@pytest.mark.row("A53")
async def test_a_line_rejected_twice_under_two_numbers_comes_back_twice(driver: ReviewDriver):
    line = await driver.submitted(2)
    first = await driver.at_center()
    await driver.center_decides(first, "rejected", 2)
    await driver.stage_all(driver.district)
    second = (await driver.act(driver.district, "/submissions", submission(), status=201))["submission_no"]
    assert await driver.center_decides(first, "rejected", 2) == {"applied": False}
    assert await driver.listed(driver.district) == []
    await driver.center_decides(second, "rejected", 2)
    assert [row["line_id"] for row in await driver.listed(driver.district)] == [str(line.line_id)]
    assert [event.submission_no for event in await driver.published(BatchCompleted)] == [first, second]


@pytest.mark.row("A50", "A53")
async def test_a_line_that_was_at_the_center_cannot_be_withdrawn_when_it_comes_back(driver: ReviewDriver):
    line = await driver.submitted(2, chain=[ChainStep(union_id=driver.district, name="区")])
    await driver.stage_all(driver.district)
    number = (await driver.act(driver.district, "/submissions", submission(), status=201))["submission_no"]
    await driver.center_decides(number, "rejected", 2)
    assert len(await driver.listed(driver.district)) == 1
    await driver.bench.deliver(driver.withdrawal(line))
    [refused] = await driver.published(WithdrawalRefused)
    assert refused.code == "REVIEWER_HAS_ACTED"


async def test_an_answer_that_was_asked_for_and_does_not_agree_is_asked_for_again(lone_driver: ReviewDriver):
    await lone_driver.submitted(3)
    number = await lone_driver.at_center()
    wrong = {"submission_no": number, "version": 1, "decision": "confirmed", "heads": 2}
    lone_driver.center.views[f"{number}/1"] = CenterView("confirmed", [wrong | {"fee": RATE.times(2).model_dump()}])
    await lone_driver.bench.run_jobs_once()
    assert await lone_driver.published(CenterConfirmed) == []
    assert await states_of_requests(lone_driver) == {"center.submission": "done", "center.reconcile": "due"}
    lone_driver.center.confirm(number)
    await lone_driver.bench.run_jobs_once()
    assert len(await lone_driver.published(CenterConfirmed)) == 1
    assert await states_of_requests(lone_driver) == {"center.submission": "done", "center.reconcile": "done"}


async def test_only_the_center_decides(driver: ReviewDriver):
    for role in (Role.REVIEWER, Role.HANDLER, Role.MUNICIPAL, Role.OPERATOR):
        headers = driver.bench.token(role, driver.district)
        assert (
            await driver.bench.client.post("/center/decisions", json=decision(), headers=headers)
        ).status_code == 403


@pytest.fixture
async def simulated(make_database: Callable[[str], Awaitable[str]]) -> AsyncIterator[tuple[ReviewDriver, Simulated]]:
    """The service with the simulator as its center."""
    async with simulated_center(await make_database("simulator")) as simulated:
        service = build_service(simulated.center)
        url = await make_database("review_svc")
        async with service_under_test(service, url, silence_s=0) as bench:
            driver = ReviewDriver(bench, simulated.center)  # type: ignore[arg-type]
            await driver.plant()
            yield driver, simulated


@pytest.mark.row("F244", "F246", "F247")
async def test_a_submission_in_three_parts_is_confirmed_and_answered(
    simulated: tuple[ReviewDriver, Simulated],
):
    driver, center = simulated
    await driver.submitted(1100)
    number = await driver.at_center()
    view = await center.center.look_up(number, 1)
    assert view is not None
    assert view.state == "received"
    await center.confirm(number)
    assert [await called_back(driver, body) for body in await decisions(center, number)] == [200]
    [confirmed] = await driver.published(CenterConfirmed)
    assert (confirmed.heads, confirmed.fee, confirmed.due_fen) == (1100, RATE.times(1100), 1100 * 1300)
    path, body = await center.feedback(number, {"result": "accepted", "text": "款项已到账"})
    headers = driver.bench.token(Role.CENTER, None, "protection-center")
    answer = await driver.bench.client.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"applied": True})


@pytest.mark.row("A53")
async def test_the_simulators_rejection_of_one_line_and_confirmation_of_the_others_are_both_applied(
    simulated: tuple[ReviewDriver, Simulated],
):
    """Two lines contain the same people, and the center accepts each person only once. review-svc first gets the
    decisions because it asks for them. Then it gets the same decisions by callback.
    """
    driver, center = simulated
    await driver.submitted(2)
    await driver.submitted(2, batch_no="CB202405100002")
    number = await driver.at_center()
    await center.confirm(number)
    await driver.bench.run_jobs_once()
    [rejected], [confirmed] = await driver.published(CenterRejected), await driver.published(CenterConfirmed)
    assert confirmed.heads == 2
    assert [row["line_id"] for row in await driver.listed(driver.district)] == [str(rejected.line_ids[0])]
    assert [await called_back(driver, body) for body in await decisions(center, number)] == [200, 200]
    assert (len(await driver.published(CenterRejected)), len(await driver.published(CenterConfirmed))) == (1, 1)


def submission() -> dict[str, Any]:
    return {"enrollment_type": "immediate", "handler": HANDLER}


def decision() -> dict[str, Any]:
    return {
        "submission_no": "CB202405109000", "version": 1, "decision": "confirmed", "heads": 1,
        "fee": RATE.model_dump(), "decided_at": "2024-05-10T12:00:00+08:00",
    }  # fmt: skip


async def decisions(center: Simulated, number: str) -> list[dict[str, Any]]:
    view = await center.center.look_up(number, 1)
    assert view is not None
    return list(view.decisions)


async def called_back(driver: ReviewDriver, body: dict[str, Any]) -> int:
    """Send the body as the center would; return the status code."""
    headers = driver.bench.token(Role.CENTER, None, "protection-center")
    return (await driver.bench.client.post("/center/decisions", json=body, headers=headers)).status_code


async def states_of_requests(driver: ReviewDriver) -> dict[str, str]:
    async with driver.bench.database.read() as connection:
        return dict(await connection.fetch("SELECT kind, state FROM jobs"))
