"""If the sending of a submission kills one process after another, the service asks the center. If the center has not
received the whole submission, its lines come back to the district."""

from integration.review_svc.review_driver import HANDLER, ReviewDriver

from contracts.notices import ReviewNotice
from contracts.reviews import CenterConfirmed, CenterRejected
from review_svc.gateways.center import CenterView
from review_svc.jobs.center_requests import UNDELIVERED
from support.unended import given_up, requests


async def submitted(driver: ReviewDriver, heads: int) -> str:
    """Create a submission whose sending does not begin yet; return its number."""
    await driver.submitted(heads)
    await driver.passed_up()
    await driver.stage_all(driver.district)
    body = {"enrollment_type": "immediate", "handler": HANDLER}
    return str((await driver.act(driver.district, "/submissions", body, status=201))["submission_no"])


async def test_every_kind_has_a_story_here(lone_driver: ReviewDriver):
    assert set(lone_driver.bench.runtime.job_handlers) == {"center.submission", "center.reconcile", "dead-letters.run"}


async def test_a_submission_that_the_center_never_received_comes_back_and_can_be_sent_again(
    lone_driver: ReviewDriver,
):
    number = await submitted(lone_driver, 3)
    await given_up(lone_driver.bench, "center.submission")
    await lone_driver.bench.run_jobs_once()
    [rejected] = await lone_driver.published(CenterRejected)
    assert (rejected.submission_no, rejected.reason, rejected.line_ids) == (number, UNDELIVERED, [])
    [notice] = await lone_driver.published(ReviewNotice)
    assert f"提交批次{number}中的1条参保信息，已回到待审批参保列表" in notice.text
    assert len(await lone_driver.listed(lone_driver.district)) == 1
    await lone_driver.stage_all(lone_driver.district)
    again = (await lone_driver.submit(lone_driver.district))["submission_no"]
    await lone_driver.bench.run_jobs_once()
    assert (list(lone_driver.center.people), again != number) == ([f"{again}/1"], True)


async def test_a_list_of_which_the_center_has_half_comes_back_too(lone_driver: ReviewDriver):
    number = await submitted(lone_driver, 3)
    lone_driver.center.views[f"{number}/1"] = CenterView("receiving")
    await given_up(lone_driver.bench, "center.submission")
    await lone_driver.bench.run_jobs_once()
    assert len(await lone_driver.published(CenterRejected)) == 1


async def test_a_submission_that_the_center_received_before_the_process_died_goes_on(lone_driver: ReviewDriver):
    number = await submitted(lone_driver, 3)
    lone_driver.center.views[f"{number}/1"] = CenterView("received")
    await given_up(lone_driver.bench, "center.submission")
    await lone_driver.bench.run_jobs_once()
    assert await lone_driver.published(CenterRejected) == []
    assert [state for state, _ in await requests(lone_driver.bench, "center.reconcile")] == ["due"]
    await lone_driver.center_decides(number, "confirmed", 3)
    assert len(await lone_driver.published(CenterConfirmed)) == 1


async def test_a_submission_that_an_operator_has_sent_again_does_not_come_back(lone_driver: ReviewDriver):
    number = await submitted(lone_driver, 3)
    await given_up(lone_driver.bench, "center.submission")
    operator = lone_driver.bench.token("operator", None)
    [listed] = (await lone_driver.bench.client.get("/ops/jobs", headers=operator)).json()["items"]
    await lone_driver.bench.client.post(f"/ops/jobs/{listed['id']}/retry", headers=operator)
    await lone_driver.bench.run_jobs_once()
    assert await lone_driver.published(CenterRejected) == []
    assert list(lone_driver.center.people) == [f"{number}/1"]


async def test_a_list_that_came_back_is_not_sent_any_more(lone_driver: ReviewDriver):
    await submitted(lone_driver, 3)
    await given_up(lone_driver.bench, "center.submission")
    operator = lone_driver.bench.token("operator", None)
    [listed] = (await lone_driver.bench.client.get("/ops/jobs", headers=operator)).json()["items"]
    await lone_driver.bench.run_jobs_once()
    await lone_driver.bench.client.post(f"/ops/jobs/{listed['id']}/retry", headers=operator)
    await lone_driver.bench.run_jobs_once()
    assert lone_driver.center.people == {}
    [(state, reason)] = await requests(lone_driver.bench, "center.submission")
    assert (state, "is rejected already" in str(reason)) == ("failed", True)


async def test_if_asking_kills_the_process_the_center_can_still_call_back(lone_driver: ReviewDriver):
    await lone_driver.submitted(3)
    number = await lone_driver.at_center()
    await given_up(lone_driver.bench, "center.reconcile")
    await lone_driver.center_decides(number, "confirmed", 3)
    assert len(await lone_driver.published(CenterConfirmed)) == 1
