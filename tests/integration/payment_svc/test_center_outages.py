"""Vouchers are sent to a center that fails, loses responses or does not answer (ADR 0002)."""

from typing import Any

import pytest

from contracts.payments import VoucherAccepted, VoucherRejected


async def test_center_that_was_down_gets_the_voucher_later_and_once(driver: Any) -> None:
    number = await driver.payable("CB202405109200")
    driver.center.down = True
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    await driver.bench.run_jobs()
    assert driver.center.received == {}
    driver.center.down = False
    await driver.retry_now()
    assert list(driver.center.received) == [voucher_id]


async def test_voucher_whose_answer_was_lost_is_looked_up_and_not_sent_again(driver: Any) -> None:
    number = await driver.payable("CB202405109201")
    driver.center.loses_answers = True
    await driver.upload(number, amount_fen=3900)
    await driver.bench.run_jobs()
    driver.center.calls.clear()
    await driver.retry_now()
    assert driver.center.calls == ["GET"]


async def test_silent_center_is_asked_and_its_answer_counts_once(driver: Any) -> None:
    number = await driver.payable("CB202405109202")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    await driver.bench.run_jobs()
    driver.center.decided[voucher_id] = {
        "voucher_id": voucher_id,
        "decision": "accepted",
        "reason": None,
        "decided_at": driver.decided_at(),
    }
    await driver.retry_now()
    assert await driver.published(VoucherAccepted) == []
    async with driver.bench.database.connection() as connection:
        await connection.execute(
            """UPDATE jobs SET body = jsonb_set(body, '{ask_at}', '"2020-01-01T00:00:00+00:00"')
               WHERE kind = 'center.voucher-silence'"""
        )
    await driver.retry_now()
    assert (await driver.due(number))["state"]["code"] == "settled"
    assert (await driver.decide(voucher_id, "accepted")).json()["repeated"] is True
    assert len(await driver.published(VoucherAccepted)) == 1


async def test_reconciler_lets_go_once_the_center_has_called_back(driver: Any) -> None:
    number = await driver.payable("CB202405109203")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    await driver.bench.run_jobs()
    await driver.decide(voucher_id, "accepted")
    driver.center.calls.clear()
    assert await driver.retry_now() == 1
    assert driver.center.calls == []
    assert await driver.retry_now() == 0
    assert len(await driver.published(VoucherAccepted)) == 1


async def test_voucher_that_the_center_refuses_frees_its_money(driver: Any) -> None:
    number = await driver.payable("CB202405109204")
    driver.center.unacceptable = "BAD_SHAPE"
    await driver.upload(number, amount_fen=3900)
    await driver.bench.run_jobs()
    [rejected] = await driver.published(VoucherRejected)
    assert "BAD_SHAPE" in rejected.reason
    assert (await driver.due(number))["open_fen"] == 3900


@pytest.mark.parametrize(("stored", "called"), [(True, "http://payment"), (False, "http://moved")])
async def test_a_voucher_is_sent_with_the_callback_address_of_the_time_of_its_upload(
    driver: Any, stored: bool, called: str
) -> None:
    """A job that an earlier release stored has no callback address. Its voucher is sent with the present address."""
    number = await driver.payable("CB202405109205")
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    if not stored:
        async with driver.bench.database.connection() as connection:
            await connection.execute("UPDATE jobs SET body = body - 'callback_url'")
    driver.bench.runtime.settings = driver.bench.runtime.settings.model_copy(update={"public_url": "http://moved"})
    await driver.retry_now()
    assert driver.center.received[voucher_id]["callback_url"] == f"{called}/center/voucher-decisions"
