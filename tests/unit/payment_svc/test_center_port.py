"""What every implementation of the interface `Center` must do, checked for the fake and for the HTTP client."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.jobs import GiveUp, Unavailable
from payment_svc.gateways.center import Center, CenterView, HttpCenter, VoucherUnacceptable
from payment_svc.gateways.fake_center import FakeCenter

Answering = Callable[[httpx.Request], httpx.Response]
BODY: dict[str, Any] = {"amount_fen": 3900, "bank_reference": "AB1234"}
DECISION = {"voucher_id": "x", "decision": "accepted", "reason": None, "decided_at": "2024-05-10T09:00:00+08:00"}


def http_center(answering: Answering) -> HttpCenter:
    return HttpCenter(httpx.AsyncClient(transport=httpx.MockTransport(answering)), "http://center/", timeout_s=1)


class RealOnFake:
    """The HTTP client of the center. It calls a server that uses the fake as its store."""

    def __init__(self) -> None:
        self.kept = FakeCenter()
        self._http = http_center(self._answer)
        self.look_up, self.send, self.decide = self._http.look_up, self._http.send, self.kept.decide

    def refuse(self, code: str) -> None:
        self.kept.unacceptable = code

    def _answer(self, request: httpx.Request) -> httpx.Response:
        voucher_id = UUID(request.url.path.removeprefix("/center/vouchers/"))
        assert request.headers["Idempotency-Key"] == str(voucher_id)
        assert "AB1234" not in str(request.url)
        if request.method == "GET":
            if voucher_id not in self.kept.received:
                return httpx.Response(404, json={"code": "VOUCHER_UNKNOWN"})
            decision = self.kept.decided.get(voucher_id)
            state = decision["decision"] if decision else "received"
            return httpx.Response(200, json={"state": state, "decisions": [decision] if decision else []})
        if self.kept.unacceptable:
            return httpx.Response(422, json={"code": self.kept.unacceptable})
        if self.kept.received.setdefault(voucher_id, json.loads(request.content)) != json.loads(request.content):
            return httpx.Response(409, json={"code": "CONTENT_DIFFERS"})
        return httpx.Response(200, json={"state": "received"})


class Fake(FakeCenter):
    def refuse(self, code: str) -> None:
        self.unacceptable = code


@pytest.fixture(params=[RealOnFake, Fake])
def center(request: pytest.FixtureRequest) -> Any:
    return request.param()


async def test_voucher_is_unknown_until_it_is_sent_and_undecided_until_it_is_decided(center: Any) -> None:
    voucher_id, adapter = uuid4(), center
    port: Center = adapter
    assert await port.look_up(voucher_id) is None
    await port.send(voucher_id, BODY)
    assert await port.look_up(voucher_id) == CenterView("received")
    adapter.decide(voucher_id, "accepted", None, "2024-05-10T09:00:00+08:00")
    known = await port.look_up(voucher_id)
    assert known is not None
    assert known.state == "accepted"
    assert known.decision == DECISION | {"voucher_id": str(voucher_id)}


async def test_same_voucher_may_be_sent_again_and_another_under_its_id_may_not(center: Any) -> None:
    voucher_id = uuid4()
    await center.send(voucher_id, BODY)
    await center.send(voucher_id, BODY)
    with pytest.raises(GiveUp, match="CONTENT_DIFFERS"):
        await center.send(voucher_id, BODY | {"amount_fen": 1})


async def test_voucher_that_the_center_refuses_is_unacceptable(center: Any) -> None:
    center.refuse("BAD_SHAPE")
    with pytest.raises(VoucherUnacceptable, match="BAD_SHAPE"):
        await center.send(uuid4(), BODY)


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
async def test_trouble_passes_and_is_tried_again(status: int) -> None:
    adapter = http_center(lambda _: httpx.Response(status, headers={"Retry-After": "7"}))
    with pytest.raises(Unavailable, match=str(status)) as unavailable:
        await adapter.send(uuid4(), BODY)
    assert unavailable.value.retry_after == 7


async def test_center_that_cannot_be_reached_is_tried_again() -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    with pytest.raises(Unavailable, match="ReadTimeout"):
        await http_center(lost).send(uuid4(), BODY)


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"{}"])
async def test_unreadable_answer_is_tried_again(content: bytes) -> None:
    with pytest.raises(Unavailable):
        await http_center(lambda _: httpx.Response(200, content=content)).look_up(uuid4())
