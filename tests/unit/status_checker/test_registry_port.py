"""What every implementation of the interface `Registry` must do, checked for the fake and for the HTTP client."""

import json
from collections.abc import Callable

import httpx
import pytest

from contracts.words import DocumentType
from status_checker.gateways.breaker import Breaker
from status_checker.gateways.fake_registry import FakeRegistry
from status_checker.gateways.http import GuardedRegistry, HttpRegistry
from status_checker.gateways.pace import TokenBucket
from status_checker.gateways.registry import (
    Registry,
    RegistryBusy,
    RegistryDown,
    RegistryError,
    RegistryQuery,
    RegistryRefused,
    Reply,
)

Answering = Callable[[httpx.Request], httpx.Response]
Make = Callable[..., Registry]

CODES = {"310101199003071230": "1", "310101196501150018": "99"}
PEOPLE = [
    RegistryQuery(str(i), DocumentType.RESIDENT_ID, number) for i, number in enumerate([*CODES, "440524188001010014"])
]


def http_registry(answering: Answering) -> HttpRegistry:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answering))
    return HttpRegistry(client, "http://city/", "card", timeout_s=1)


def real(codes: dict[str, str], leave_out: set[str]) -> Registry:
    left_out = set(leave_out)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://city/registries/card/query"
        people = json.loads(request.content)["people"]
        found = [p for p in people if p["number"] in codes and p["number"] not in left_out]
        body = {"answers": [{"ref": p["ref"], "code": codes[p["number"]], "as_of": "2024-05-10"} for p in found]}
        if any(p["number"] in left_out for p in people):
            left_out.clear()
            body["partial"] = True  # type: ignore[assignment]
        return httpx.Response(200, json=body)

    return http_registry(answer)


def fake(codes: dict[str, str], leave_out: set[str]) -> Registry:
    return FakeRegistry("card", codes, leave_out=set(leave_out))


@pytest.fixture(params=[real, fake])
def make(request: pytest.FixtureRequest) -> Make:
    return request.param  # type: ignore[no-any-return]


async def test_known_people_are_answered_by_our_own_mark_and_others_have_no_record(make: Make) -> None:
    assert await make(CODES, set()).ask(PEOPLE) == Reply({"0": "1", "1": "99"}, partial=False)


async def test_reply_that_leaves_people_out_says_so(make: Make) -> None:
    registry = make(CODES, {"310101199003071230"})
    assert await registry.ask(PEOPLE) == Reply({"1": "99"}, partial=True)
    assert await registry.ask(PEOPLE[:1]) == Reply({"0": "1"}, partial=False)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_failing_registry_is_down(status: int) -> None:
    with pytest.raises(RegistryDown):
        await http_registry(lambda _: httpx.Response(status)).ask(PEOPLE)


async def test_registry_that_answers_too_late_is_down() -> None:
    def late(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    with pytest.raises(RegistryDown, match="ReadTimeout"):
        await http_registry(late).ask(PEOPLE)


@pytest.mark.parametrize(
    "content", [b"<html>", b"[]", b"{}", b'{"answers": 3}', b'{"answers": [{"ref": "0"}]}', b'{"answers": ["x"]}']
)
async def test_unreadable_answer_counts_as_down(content: bytes) -> None:
    with pytest.raises(RegistryDown, match="unreadable"):
        await http_registry(lambda _: httpx.Response(200, content=content)).ask(PEOPLE)


async def test_two_codes_for_one_person_are_no_answer() -> None:
    answers = [{"ref": "0", "code": "1"}, {"ref": "0", "code": "2"}]
    with pytest.raises(RegistryDown, match="two codes"):
        await http_registry(lambda _: httpx.Response(200, json={"answers": answers})).ask(PEOPLE)


async def test_answer_about_somebody_who_was_not_asked_is_left_aside() -> None:
    answers = [{"ref": "0", "code": 1}, {"ref": "7", "code": "2"}, {"ref": "0", "code": "1"}]
    reply = await http_registry(lambda _: httpx.Response(200, json={"answers": answers})).ask(PEOPLE)
    assert reply.codes == {"0": "1"}


async def test_slower_pace_is_asked_for_in_seconds() -> None:
    with pytest.raises(RegistryBusy) as busy:
        await http_registry(lambda _: httpx.Response(429, headers={"Retry-After": "7"})).ask(PEOPLE)
    assert busy.value.retry_after_s == 7


async def test_unreadable_wish_for_a_pause_is_none() -> None:
    with pytest.raises(RegistryBusy) as busy:
        await http_registry(lambda _: httpx.Response(429, headers={"Retry-After": "soon"})).ask(PEOPLE)
    assert busy.value.retry_after_s is None


async def test_refused_question_names_no_person() -> None:
    with pytest.raises(RegistryRefused) as refused:
        await http_registry(lambda _: httpx.Response(400, json={"bad": PEOPLE[0].number})).ask(PEOPLE)
    assert PEOPLE[0].number not in str(refused.value)
    assert PEOPLE[0].number not in repr(PEOPLE[0])


def guarded(fake_registry: FakeRegistry, notes: dict[str, str]) -> GuardedRegistry:
    return GuardedRegistry(fake_registry, TokenBucket(1000, 100), Breaker(2, 60), patience_s=5, notes=notes)


async def test_registry_that_is_down_is_left_alone_and_noted() -> None:
    fake_registry = FakeRegistry("card", CODES, troubles=[RegistryDown("down"), RegistryDown("down")])
    notes: dict[str, str] = {}
    registry = guarded(fake_registry, notes)
    for _ in range(2):
        with pytest.raises(RegistryDown):
            await registry.ask(PEOPLE)
    with pytest.raises(RegistryError, match="circuit breaker") as refusal:
        await registry.ask(PEOPLE)
    assert refusal.value.retry_after_s == pytest.approx(60, abs=5)
    assert len(fake_registry.asked) == 2
    assert "registry.card" in notes


async def test_refusal_opens_no_circuit_because_the_registry_is_well() -> None:
    fake_registry = FakeRegistry("card", CODES, troubles=[RegistryRefused("400") for _ in range(5)])
    registry = guarded(fake_registry, {})
    for _ in range(5):
        with pytest.raises(RegistryRefused):
            await registry.ask(PEOPLE)
    assert (await registry.ask(PEOPLE)).codes == {"0": "1", "1": "99"}


async def test_busy_registry_makes_everybody_wait() -> None:
    fake_registry = FakeRegistry("card", CODES, troubles=[RegistryBusy("429", 30.0)])
    registry = guarded(fake_registry, {})
    with pytest.raises(RegistryBusy):
        await registry.ask(PEOPLE)
    with pytest.raises(RegistryError, match="rate limit") as refusal:
        await registry.ask(PEOPLE)
    assert refusal.value.retry_after_s == pytest.approx(30, abs=5)
