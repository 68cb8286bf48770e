"""Sending to a center that fails, loses answers or stays silent (ADR 0002)."""

from typing import Any

import pytest

from contracts.payments import VoucherAccepted, VoucherRejected


async def test_center_that_was_down_gets_the_voucher_later_and_once(till: Any) -> None:
    number = await till.payable("CB202405109200")
    till.desk.down = True
    voucher_id = (await till.upload(number, amount_fen=3900)).json()["voucher_id"]
    await till.bench.run_outbound()
    assert till.desk.kept == {}
    till.desk.down = False
    await till.retry_now()
    assert list(till.desk.kept) == [voucher_id]


async def test_voucher_whose_answer_was_lost_is_looked_up_and_not_sent_again(till: Any) -> None:
    number = await till.payable("CB202405109201")
    till.desk.loses_answers = True
    await till.upload(number, amount_fen=3900)
    await till.bench.run_outbound()
    till.desk.calls.clear()
    await till.retry_now()
    assert till.desk.calls == ["GET"]


async def test_silent_center_is_asked_and_its_answer_counts_once(till: Any) -> None:
    number = await till.payable("CB202405109202")
    voucher_id = (await till.upload(number, amount_fen=3900)).json()["voucher_id"]
    await till.bench.run_outbound()
    till.desk.decided[voucher_id] = {
        "voucher_id": voucher_id,
        "decision": "accepted",
        "reason": None,
        "decided_at": till.decided_at(),
    }
    await till.retry_now()
    assert await till.told(VoucherAccepted) == []
    async with till.bench.database.connection() as connection:
        await connection.execute(
            """UPDATE outbound_requests SET body = jsonb_set(body, '{ask_at}', '"2020-01-01T00:00:00+00:00"')
               WHERE kind = 'center.voucher-silence'"""
        )
    await till.retry_now()
    assert (await till.due(number))["state"]["code"] == "settled"
    assert (await till.decide(voucher_id, "accepted")).json()["repeated"] is True
    assert len(await till.told(VoucherAccepted)) == 1


async def test_reconciler_lets_go_once_the_center_has_called_back(till: Any) -> None:
    number = await till.payable("CB202405109203")
    voucher_id = (await till.upload(number, amount_fen=3900)).json()["voucher_id"]
    await till.bench.run_outbound()
    await till.decide(voucher_id, "accepted")
    till.desk.calls.clear()
    assert await till.retry_now() == 1
    assert till.desk.calls == []
    assert await till.retry_now() == 0
    assert len(await till.told(VoucherAccepted)) == 1


async def test_voucher_that_the_center_does_not_take_in_is_free_again(till: Any) -> None:
    number = await till.payable("CB202405109204")
    till.desk.unacceptable = "BAD_SHAPE"
    await till.upload(number, amount_fen=3900)
    await till.bench.run_outbound()
    [rejected] = await till.told(VoucherRejected)
    assert "BAD_SHAPE" in rejected.reason
    assert (await till.due(number))["open_fen"] == 3900


@pytest.mark.parametrize(("stored", "called"), [(True, "http://payment"), (False, "http://moved")])
async def test_a_voucher_goes_with_the_address_that_was_ours_when_it_was_uploaded(
    till: Any, stored: bool, called: str
) -> None:
    """A request that an earlier version stored has none: it goes with the present one."""
    number = await till.payable("CB202405109205")
    voucher_id = (await till.upload(number, amount_fen=3900)).json()["voucher_id"]
    if not stored:
        async with till.bench.database.connection() as connection:
            await connection.execute("UPDATE outbound_requests SET body = body - 'callback_url'")
    till.bench.runtime.settings = till.bench.runtime.settings.model_copy(update={"public_url": "http://moved"})
    await till.retry_now()
    assert till.desk.kept[voucher_id]["callback_url"] == f"{called}/center/voucher-decisions"
