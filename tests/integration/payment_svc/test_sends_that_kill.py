"""If the sending of a voucher kills one process after another, the service asks the center. If the center does not have
the voucher, the service frees the voucher's money."""

from typing import Any

from contracts.payments import VoucherAccepted, VoucherRejected
from payment_svc.jobs.center_requests import UNDELIVERED
from support.unended import given_up, requests


async def uploaded(driver: Any, number: str) -> str:
    """Upload a voucher whose sending does not begin yet; return its id."""
    return str((await driver.upload(await driver.payable(number), amount_fen=3900)).json()["voucher_id"])


async def silence_is_over(driver: Any) -> None:
    async with driver.bench.database.connection() as connection:
        await connection.execute(
            """UPDATE jobs SET body = jsonb_set(body, '{ask_at}', '"2020-01-01T00:00:00+00:00"')
               WHERE kind = 'center.voucher-silence'"""
        )
    await driver.retry_now()


async def test_every_kind_has_a_story_here(driver: Any) -> None:
    kinds = {"center.voucher", "center.voucher-silence", "dead-letters.run"}
    assert set(driver.bench.runtime.job_handlers) == kinds


async def test_a_voucher_that_the_center_never_got_is_rejected_and_its_money_free(driver: Any) -> None:
    voucher_id = await uploaded(driver, "CB202405109300")
    assert (await driver.due("CB202405109300"))["state"]["code"] == "voucher_uploaded"
    await given_up(driver.bench, "center.voucher")
    await silence_is_over(driver)
    [rejected] = await driver.published(VoucherRejected)
    assert (str(rejected.voucher_id), rejected.reason) == (voucher_id, UNDELIVERED)
    assert (await driver.due("CB202405109300"))["state"]["code"] == "payable"


async def test_a_voucher_that_the_center_has_waits_for_its_answer(driver: Any) -> None:
    voucher_id = await uploaded(driver, "CB202405109301")
    driver.center.received[voucher_id] = {}
    await given_up(driver.bench, "center.voucher")
    await silence_is_over(driver)
    assert await driver.published(VoucherRejected) == []
    await driver.decide(voucher_id, "accepted")
    assert len(await driver.published(VoucherAccepted)) == 1


async def test_a_voucher_that_was_freed_is_not_sent_any_more(driver: Any) -> None:
    await uploaded(driver, "CB202405109302")
    await given_up(driver.bench, "center.voucher")
    operator = driver.bench.token("operator", None)
    [listed] = (await driver.bench.client.get("/ops/jobs", headers=operator)).json()["items"]
    await silence_is_over(driver)
    await driver.bench.client.post(f"/ops/jobs/{listed['id']}/retry", headers=operator)
    await driver.bench.run_jobs()
    assert driver.center.received == {}
    [(state, reason)] = await requests(driver.bench, "center.voucher")
    assert (state, "is rejected already" in str(reason)) == ("failed", True)


async def test_a_wrong_address_of_the_center_frees_no_money(driver: Any) -> None:
    await uploaded(driver, "CB202405109303")
    await given_up(driver.bench, "center.voucher")
    driver.center.down = True
    await silence_is_over(driver)
    assert await driver.published(VoucherRejected) == []
    assert [state for state, _ in await requests(driver.bench, "center.voucher-silence")] == ["due"]


async def test_if_asking_kills_the_process_the_center_can_still_call_back(driver: Any) -> None:
    voucher_id = await uploaded(driver, "CB202405109304")
    await driver.bench.run_jobs()
    await given_up(driver.bench, "center.voucher-silence")
    await driver.decide(voucher_id, "accepted")
    assert len(await driver.published(VoucherAccepted)) == 1
