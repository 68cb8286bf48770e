"""`enrollctl person` joins the answers of all services into one story, the history of a person."""

import json

import httpx

from contracts.words import DocumentType
from enrollctl.ops_client.operators import Operators
from enrollctl.ops_client.stories import merged_story

URLS = {"member-svc": "http://member", "enrollment-svc": "http://enrollment", "payment-svc": "http://payment"}
STEPS = {"member": [("2024-05-10T10:00:00+08:00", "created")], "enrollment": [("2024-05-10T09:00:00+08:00", "x")]}


def answer(request: httpx.Request) -> httpx.Response:
    steps = [{"at": at, "what": what} for at, what in STEPS[request.url.host]]
    return httpx.Response(200, json={"service": "-", "masked_number": "3101**********0011", "steps": steps})


def test_the_steps_of_all_services_stand_in_the_order_of_time():
    found = merged_story(Operators(URLS, "t", httpx.MockTransport(answer)), "310101199001010011", None)
    assert [(step["service"], step["what"]) for step in found.steps] == [
        ("enrollment-svc", "x"),
        ("member-svc", "created"),
    ]
    assert (found.masked_number, found.silent) == ("3101**********0011", {})


def test_the_number_goes_in_the_body_and_never_in_an_address():
    seen: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(request)

    merged_story(Operators(URLS, "t", httpx.MockTransport(note)), "E1", DocumentType.PASSPORT)
    assert {str(one.url) for one in seen} == {"http://member/people/story", "http://enrollment/people/story"}
    assert json.loads(seen[0].content) == {"number": "E1", "document_type": "passport"}


def test_a_service_that_is_away_is_named_and_the_others_answer():
    def away(request: httpx.Request) -> httpx.Response:
        if request.url.host == "member":
            raise httpx.ConnectError("refused")
        return answer(request)

    found = merged_story(Operators(URLS, "t", httpx.MockTransport(away)), "E1", None)
    assert [step["service"] for step in found.steps] == ["enrollment-svc"]
    assert list(found.silent) == ["member-svc"]


def test_a_service_where_the_searches_of_the_day_are_used_up_is_named_and_the_others_answer():
    def used_up(request: httpx.Request) -> httpx.Response:
        if request.url.host == "member":
            return httpx.Response(429, json={"code": "NUMBER_SEARCHES_USED_UP", "message": "…", "detail": {}})
        return answer(request)

    found = merged_story(Operators(URLS, "t", httpx.MockTransport(used_up)), "E1", None)
    assert [step["service"] for step in found.steps] == ["enrollment-svc"]
    assert "tomorrow" in found.silent["member-svc"]
