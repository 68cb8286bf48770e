"""Each submission carries the address for the center's callback. So a changed setting does not affect earlier
submissions."""

from integration.review_svc.review_driver import ReviewDriver
from integration.review_svc.submissions.test_sends_that_kill import submitted

from contracts.reviews import CenterRejected
from review_svc.gateways.center import CenterView
from support.unended import requests

FIRST, SECOND = "http://first:8103/", "http://second:8103"


def reached_at(driver: ReviewDriver, public_url: str) -> None:
    driver.bench.runtime.settings = driver.bench.runtime.settings.model_copy(update={"public_url": public_url})


async def retry_now(driver: ReviewDriver) -> None:
    async with driver.bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now() WHERE state = 'due'")
    await driver.bench.run_jobs_once()


async def test_a_half_sent_submission_keeps_its_callback_address_when_the_setting_changes(lone_driver: ReviewDriver):
    reached_at(lone_driver, FIRST)
    number = await submitted(lone_driver, 3)
    lone_driver.center.lost_answers = 1
    await lone_driver.bench.run_jobs_once()
    lone_driver.center.views[f"{number}/1"] = CenterView("receiving")
    reached_at(lone_driver, SECOND)
    await retry_now(lone_driver)
    assert await requests(lone_driver.bench, "center.submission") == [("done", None)]
    assert lone_driver.center.views[f"{number}/1"].state == "received"
    assert lone_driver.center.headers[f"{number}/1"]["callback_url"] == "http://first:8103/center/decisions"
    assert await lone_driver.published(CenterRejected) == []


async def test_a_submission_stored_without_an_address_is_sent_with_the_present_one(lone_driver: ReviewDriver):
    reached_at(lone_driver, FIRST)
    number = await submitted(lone_driver, 3)
    async with lone_driver.bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET body = body - 'callback_url'")
    reached_at(lone_driver, SECOND)
    await retry_now(lone_driver)
    assert lone_driver.center.headers[f"{number}/1"]["callback_url"] == "http://second:8103/center/decisions"
