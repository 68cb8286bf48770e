"""A voucher over whose sending one process after another dies: the center is asked, then its money is free again."""

from typing import Any

from contracts.payments import VoucherAccepted, VoucherRejected
from payment_svc.jobs.center_requests import UNDELIVERED
from support.unended import given_up, requests


async def uploaded(till: Any, number: str) -> str:
    """A voucher that nobody has begun to send."""
    return str((await till.upload(await till.payable(number), amount_fen=3900)).json()["voucher_id"])


async def silence_is_over(till: Any) -> None:
    async with till.bench.database.connection() as connection:
        await connection.execute(
            """UPDATE outbound_requests SET body = jsonb_set(body, '{ask_at}', '"2020-01-01T00:00:00+00:00"')
               WHERE kind = 'center.voucher-silence'"""
        )
    await till.retry_now()


async def test_every_kind_has_a_story_here(till: Any) -> None:
    kinds = {"center.voucher", "center.voucher-silence", "dead-letters.run"}
    assert set(till.bench.runtime.outbound) == kinds


async def test_a_voucher_that_the_center_never_got_is_rejected_and_its_money_free(till: Any) -> None:
    voucher_id = await uploaded(till, "CB202405109300")
    assert (await till.due("CB202405109300"))["state"]["code"] == "voucher_uploaded"
    await given_up(till.bench, "center.voucher")
    await silence_is_over(till)
    [rejected] = await till.told(VoucherRejected)
    assert (str(rejected.voucher_id), rejected.reason) == (voucher_id, UNDELIVERED)
    assert (await till.due("CB202405109300"))["state"]["code"] == "payable"


async def test_a_voucher_that_the_center_has_waits_for_its_answer(till: Any) -> None:
    voucher_id = await uploaded(till, "CB202405109301")
    till.desk.kept[voucher_id] = {}
    await given_up(till.bench, "center.voucher")
    await silence_is_over(till)
    assert await till.told(VoucherRejected) == []
    await till.decide(voucher_id, "accepted")
    assert len(await till.told(VoucherAccepted)) == 1


async def test_a_voucher_that_was_freed_is_not_sent_any_more(till: Any) -> None:
    await uploaded(till, "CB202405109302")
    await given_up(till.bench, "center.voucher")
    operator = till.bench.token("operator", None)
    [listed] = (await till.bench.client.get("/ops/outbound", headers=operator)).json()["items"]
    await silence_is_over(till)
    await till.bench.client.post(f"/ops/outbound/{listed['id']}/retry", headers=operator)
    await till.bench.run_outbound()
    assert till.desk.kept == {}
    [(state, reason)] = await requests(till.bench, "center.voucher")
    assert (state, "is rejected already" in str(reason)) == ("failed", True)


async def test_a_wrong_address_of_the_center_frees_no_money(till: Any) -> None:
    await uploaded(till, "CB202405109303")
    await given_up(till.bench, "center.voucher")
    till.desk.down = True
    await silence_is_over(till)
    assert await till.told(VoucherRejected) == []
    assert [state for state, _ in await requests(till.bench, "center.voucher-silence")] == ["due"]


async def test_where_asking_ends_the_process_the_center_still_calls_back(till: Any) -> None:
    voucher_id = await uploaded(till, "CB202405109304")
    await till.bench.run_outbound()
    await given_up(till.bench, "center.voucher-silence")
    await till.decide(voucher_id, "accepted")
    assert len(await till.told(VoucherAccepted)) == 1
