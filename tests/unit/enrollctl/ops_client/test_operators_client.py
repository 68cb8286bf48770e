"""The client with which the command line calls the /ops routes of the services."""

from collections.abc import Callable

import httpx
import pytest

from enrollctl.errors import ComponentUnhealthy, Failure
from enrollctl.ops_client.operators import PAGE_SIZE, Operators

Answer = Callable[[httpx.Request], httpx.Response]
URLS = {"member-svc": "http://member", "review-svc": "http://review"}


def client(answer: Answer) -> Operators:
    return Operators(URLS, "t0ken", httpx.MockTransport(answer))


def test_all_pages_of_all_services_are_listed_with_the_service_that_holds_them():
    def answer(request: httpx.Request) -> httpx.Response:
        held = PAGE_SIZE + 1 if request.url.host == "member" else 0
        first = (int(request.url.params["page"]) - 1) * PAGE_SIZE
        items = [{"id": number} for number in range(first, min(first + PAGE_SIZE, held))]
        return httpx.Response(200, json={"total": held, "page": 1, "page_size": PAGE_SIZE, "items": items})

    letters = client(answer).find_all(URLS, "/ops/dead-letters", state=None)
    assert [one["id"] for one in letters] == list(range(PAGE_SIZE + 1))
    assert {one["service"] for one in letters} == {"member-svc"}


def test_every_act_carries_the_token_and_a_key_of_its_own():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": 5, "replayed": 2, "failed": False})

    acts = client(answer)
    acts.post("member-svc", "/ops/dead-letters/5/replay")
    acts.post("member-svc", "/ops/dead-letters/5/discard", reason="test data")
    assert [one.url.path for one in seen] == ["/ops/dead-letters/5/replay", "/ops/dead-letters/5/discard"]
    assert {one.headers["Authorization"] for one in seen} == {"Bearer t0ken"}
    assert len({one.headers["Idempotency-Key"] for one in seen}) == 2


def test_a_refusal_is_told_in_the_services_words():
    refused = httpx.Response(409, json={"code": "DEAD_LETTER_CLOSED", "message": "该死信已处理", "detail": {}})
    with pytest.raises(Failure, match="DEAD_LETTER_CLOSED 该死信已处理"):
        client(lambda _: refused).post("member-svc", "/ops/dead-letters/5/replay")


def test_a_letter_that_is_not_there_points_to_the_list():
    with pytest.raises(Failure, match="`list` shows all"):
        client(lambda _: httpx.Response(404)).get("member-svc", "/ops/dead-letters/5")


def test_a_service_that_does_not_answer_is_unhealthy():
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ComponentUnhealthy, match="member-svc does not answer"):
        client(away).get("member-svc", "/ops/dead-letters/5")


def test_an_unknown_service_is_answered_with_those_there_are():
    with pytest.raises(Failure, match="member-svc, review-svc"):
        client(lambda _: httpx.Response(200)).get("billing-svc", "/ops/jobs")
