"""The simulated protection center receives payment vouchers and decides on them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from integration.simulator.district import District, Receiver, hold, keyed

DUE = 3900


@pytest.fixture
async def confirmed(district: District) -> District:
    await district.submit()
    await district.settled()
    return district


def voucher(district: District, amount_fen: int = DUE, **other: Any) -> dict[str, Any]:
    paid = [{"submission_no": district.no, "version": 1, "amount_fen": min(amount_fen, DUE)}]
    return {
        "union_id": str(district.union_id),
        "amount_fen": amount_fen,
        "paid_on": "2024-05-20",
        "bank_reference": "SH-1",
        "file_sha256": "a" * 64,
        "result": "matched" if amount_fen == DUE else "short" if amount_fen < DUE else "over",
        "submissions": paid,
        "callback_url": district.callback_url,
    } | other


async def send(client: httpx.AsyncClient, body: dict[str, Any], voucher_id: str | None = None) -> httpx.Response:
    return await client.put(f"/center/vouchers/{voucher_id or uuid4()}", json=body, headers=keyed())


async def answer_to(district: District, receiver: Receiver, body: dict[str, Any]) -> dict[str, Any]:
    """Send a voucher with this body; return the body of the center's callback."""
    before = len(receiver.calls)
    sent = await send(district.client, body)
    assert sent.status_code == 200, sent.text
    return (await receiver.wait_for_bodies(before + 1))[-1]


async def test_a_voucher_over_the_exact_due_amount_is_accepted(confirmed: District, receiver: Receiver) -> None:
    await receiver.wait_for_bodies(1)
    voucher_id = str(uuid4())
    sent = await send(confirmed.client, voucher(confirmed), voucher_id)
    assert sent.json() == {"voucher_id": voucher_id, "state": "received"}
    callback = (await receiver.wait_for_bodies(2))[1]
    assert callback == {
        "voucher_id": voucher_id,
        "decision": "accepted",
        "reason": None,
        "decided_at": "2024-05-10T09:00:00+08:00",
    }
    state = (await confirmed.client.get(f"/center/vouchers/{voucher_id}")).json()
    assert (state["state"], state["amount_fen"], state["decisions"]) == ("accepted", DUE, [callback])
    figures = (await confirmed.client.get(f"/center/figures?submission_nos={confirmed.no}")).json()
    assert figures["paid_fen"] == figures["due_fen"] == DUE


async def test_the_same_voucher_again_changes_nothing_and_other_content_is_refused(
    confirmed: District, receiver: Receiver
) -> None:
    await receiver.wait_for_bodies(1)
    voucher_id = str(uuid4())
    first = await send(confirmed.client, voucher(confirmed), voucher_id)
    await receiver.wait_for_bodies(2)
    assert (await send(confirmed.client, voucher(confirmed), voucher_id)).text == first.text
    other = await send(confirmed.client, voucher(confirmed, bank_reference="SH-2"), voucher_id)
    assert (other.status_code, other.json()["code"]) == (409, "CONTENT_DIFFERS")


async def test_a_voucher_for_what_is_not_confirmed_is_rejected(district: District, receiver: Receiver) -> None:
    await hold(district.client)
    await district.submit()
    callback = await answer_to(district, receiver, voucher(district))
    assert (callback["decision"], "尚未经职保中心确认" in callback["reason"]) == ("rejected", True)


@pytest.mark.parametrize(
    ("amount_fen", "reason", "decision"),
    [(3800, None, "rejected"), (3800, "余款下周支付", "accepted"), (4000, "多付", "accepted")],
)
async def test_a_wrong_amount_needs_a_reason(
    confirmed: District, receiver: Receiver, amount_fen: int, reason: str | None, decision: str
) -> None:
    await receiver.wait_for_bodies(1)
    callback = await answer_to(confirmed, receiver, voucher(confirmed, amount_fen, reason=reason))
    assert callback["decision"] == decision


async def test_a_submission_is_not_paid_twice(confirmed: District, receiver: Receiver) -> None:
    await receiver.wait_for_bodies(1)
    assert (await answer_to(confirmed, receiver, voucher(confirmed)))["decision"] == "accepted"
    assert (await answer_to(confirmed, receiver, voucher(confirmed)))["decision"] == "rejected"


async def test_the_remainder_is_paid_by_a_second_voucher(confirmed: District, receiver: Receiver) -> None:
    await receiver.wait_for_bodies(1)
    await answer_to(confirmed, receiver, voucher(confirmed, 3800, reason="余款下周支付"))
    remainder = voucher(confirmed, 100, result="matched")
    assert (await answer_to(confirmed, receiver, remainder))["decision"] == "accepted"
    figures = (await confirmed.client.get(f"/center/figures?submission_nos={confirmed.no}")).json()
    assert figures["paid_fen"] == DUE


async def test_a_rejected_voucher_leaves_everything_owed(confirmed: District, receiver: Receiver) -> None:
    await receiver.wait_for_bodies(1)
    policy = {"subject": "voucher", "decision": "reject", "reason": "凭证不清晰"}
    await confirmed.client.put("/center/policy", json=policy)
    assert (await answer_to(confirmed, receiver, voucher(confirmed)))["reason"] == "凭证不清晰"
    await confirmed.client.delete("/center/policy")
    assert (await answer_to(confirmed, receiver, voucher(confirmed)))["decision"] == "accepted"


async def test_a_held_voucher_is_decided_by_hand(confirmed: District, receiver: Receiver) -> None:
    await receiver.wait_for_bodies(1)
    await hold(confirmed.client, "voucher")
    voucher_id = str(uuid4())
    await send(confirmed.client, voucher(confirmed), voucher_id)
    path = f"/center/vouchers/{voucher_id}/decision"
    assert (await confirmed.client.post(path, json={"decision": "rejected"})).json()["code"] == "REASON_MISSING"
    assert (await confirmed.client.post(path, json={"decision": "accepted"})).json()["state"] == "accepted"
    assert (await receiver.wait_for_bodies(2))[1]["decision"] == "accepted"


async def test_vouchers_of_a_union_are_listed(confirmed: District, another: Callable[..., District]) -> None:
    await send(confirmed.client, voucher(confirmed))
    await send(confirmed.client, voucher(another()))
    listed = (await confirmed.client.get(f"/center/vouchers?union_id={confirmed.union_id}")).json()
    assert (listed["total"], len(listed["items"])) == (1, 1)
