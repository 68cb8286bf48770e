"""The answers of an external system, and which of its errors are temporary."""

import gc
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from chassis.jobs import GiveUp, Remote, Unavailable, code_of, retry_after_s
from chassis.jobs.remote import LONGEST_PAUSE_S

Answering = Callable[[httpx.Request], httpx.Response]


def remote(answering: Answering) -> Remote:
    return Remote(httpx.AsyncClient(transport=httpx.MockTransport(answering)), "the bank", "http://bank/")


def asks_to_wait(value: str) -> httpx.Response:
    return httpx.Response(503, headers={"Retry-After": value})


async def test_every_answer_comes_back_and_a_repeated_call_can_be_known():
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, str(request.url), request.headers.get("Idempotency-Key")))
        return httpx.Response(409)

    assert (await remote(answer).call("PUT", "/transfers/1", b"{}", key="1")).status_code == 409
    assert (await remote(answer).call("GET", "/transfers/1")).status_code == 409
    assert seen == [("PUT", "http://bank/transfers/1", "1"), ("GET", "http://bank/transfers/1", None)]


async def test_an_answer_is_freed_at_once():
    """An answer in a reference cycle would stay in memory until Python's search for cycles, which runs rarely."""
    bank = remote(lambda _: httpx.Response(200, content=b"1" * 1000))
    gc.disable()
    try:
        answer = await bank.call("PUT", "/transfers/1", b"{}")
        content, freed = answer.content, weakref.ref(answer)
        del answer
        assert freed() is None
    finally:
        gc.enable()
    assert content == b"1" * 1000


async def test_nobody_there_may_pass():
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to 10.0.0.1", request=request)

    with pytest.raises(Unavailable, match=r"^the bank cannot be reached: ConnectError$"):
        await remote(lost).call("GET", "/")


@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_only_a_success_is_read_and_the_rest_is_told_by_its_code(status: int):
    bank = remote(lambda _: httpx.Response(status, json={"code": "CLOSED", "who": "王小明"}))
    with pytest.raises(Unavailable, match=rf"^the bank answered {status} CLOSED$"):
        bank.read(await bank.call("GET", "/"))


@pytest.mark.parametrize(
    ("status", "code", "raises"), [(404, "UNKNOWN", False), (404, "", True), (500, "UNKNOWN", True)]
)
async def test_only_its_own_word_says_that_it_knows_nothing(status: int, code: str, raises: bool):
    bank = remote(lambda _: httpx.Response(status, json={"code": code}))
    with pytest.raises(Unavailable) if raises else nullcontext():
        assert await bank.look_up("/transfers/1", unknown="UNKNOWN") is None


async def test_a_refusal_of_the_content_is_given_up_and_any_other_answer_is_the_callers():
    bank = remote(lambda request: httpx.Response(409 if b"1" in request.content else 422, json={"code": "DIFFERS"}))
    with pytest.raises(GiveUp, match="the bank refused with 409 DIFFERS"):
        await bank.send("PUT", "/transfers/1", {"amount": 1}, key="1")
    assert (await bank.send("PUT", "/transfers/1", {"amount": 2}, key="1")).status_code == 422


async def test_success_that_is_no_json_may_pass():
    bank = remote(lambda _: httpx.Response(200, content=b"<html>"))
    with pytest.raises(Unavailable, match="no JSON"):
        bank.read(await bank.call("GET", "/"))


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}"])
def test_refusal_without_a_code_has_none(content: bytes):
    assert code_of(httpx.Response(400, content=content)) == ""


def test_pause_is_asked_for_in_seconds_or_until_a_date():
    assert retry_after_s(asks_to_wait("7")) == 7
    in_two_minutes = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    assert 0 < (retry_after_s(asks_to_wait(in_two_minutes)) or 0) <= 120
    assert retry_after_s(asks_to_wait("Thu, 01 Jan 1970 00:00:00 GMT")) == 0
    assert retry_after_s(asks_to_wait("86400")) == LONGEST_PAUSE_S


@pytest.mark.parametrize("value", ["", "soon", "1.5"])
def test_unreadable_pause_is_none(value: str):
    assert retry_after_s(asks_to_wait(value)) is None
