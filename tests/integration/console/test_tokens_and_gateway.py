"""The gateway, the tokens that it sends, and the keys of these tokens."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from integration.console.conftest import Browser, ConsoleDriver
from integration.console.conftest import answer as answer_of
from joserfc import jws

from chassis.database import Database
from chassis.domain import Unauthenticated
from chassis.identity import PublishedKeys, TokenVerifier
from contracts.words import Role


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def browser(driver: ConsoleDriver) -> Browser:
    await driver.add_account("handler-1", Role.HANDLER, driver.union)
    return await driver.signed_in("handler-1")


def verifier(driver: ConsoleDriver, service: str) -> TokenVerifier:
    """A new verifier with which `service` checks tokens. It fetches the console's public keys when it is first used."""

    async def fetch() -> dict[str, Any]:
        answer: dict[str, Any] = (await driver.bench.client.get("/.well-known/jwks.json")).json()
        return answer

    return TokenVerifier(driver.bench.runtime.keys, audience=service, published=PublishedKeys(fetch))


def sent_token(driver: ConsoleDriver) -> str:
    return driver.behind.received[-1].headers["authorization"]


def kid_of(token: str) -> str:
    kid: str = jws.extract_compact(token.removeprefix("Bearer ").encode()).headers()["kid"]
    return kid


@pytest.mark.row("F028")
async def test_a_service_learns_the_account_of_the_session_and_nothing_of_its_cookie(
    driver: ConsoleDriver, browser: Browser
):
    answer = await browser.get("/api/member-svc/members?page=2&name=%E7%8E%8B", headers={"X-Forwarded-For": "6.6.6.6"})
    assert (answer.status_code, answer.json()) == (200, {"items": []})
    [request] = driver.behind.received
    assert str(request.url) == "http://member.test/members?page=2&name=%E7%8E%8B"
    assert "cookie" not in request.headers
    assert request.headers["x-forwarded-for"] == "127.0.0.1"
    principal = await verifier(driver, "member-svc").verify(sent_token(driver))
    assert (principal.account, principal.role, principal.scope_id) == ("handler-1", "handler", driver.union)
    assert principal.name == "王小明"
    with pytest.raises(Unauthenticated):
        await verifier(driver, "review-svc").verify(sent_token(driver))


async def test_a_body_is_passed_on_as_it_arrives(driver: ConsoleDriver, browser: Browser):
    async def pieces() -> AsyncIterator[bytes]:
        for n in range(100):
            yield bytes([n]) * 1000

    answer = await browser.send("POST", "/api/member-svc/imports", content=pieces())
    assert answer.status_code == 200
    assert driver.behind.bodies == [b"".join(bytes([n]) * 1000 for n in range(100))]
    assert "x-csrf-token" not in driver.behind.received[0].headers
    assert driver.behind.received[0].headers["idempotency-key"]


async def test_a_compressed_answer_and_its_headers_are_passed_on(driver: ConsoleDriver, browser: Browser):
    headers = {"content_encoding": "gzip", "x_total": "7", "connection": "x-hop", "x_hop": "1", "set_cookie": "a=b"}
    driver.behind.answer = answer_of(gzip.compress(b"hello"), 201, **headers)
    answer = await browser.get("/api/member-svc/members")
    assert (answer.status_code, answer.content, answer.headers["x-total"]) == (201, b"hello", "7")
    assert {"connection", "x-hop", "set-cookie"} & set(answer.headers) == set()


async def test_a_refusal_of_the_service_is_passed_on(driver: ConsoleDriver, browser: Browser):
    driver.behind.answer = answer_of(b'{"code": "UNDER_REVIEW", "detail": {}}', 409)
    assert code_of(await browser.send("POST", "/api/member-svc/members/removals")) == (409, "UNDER_REVIEW")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (httpx.ConnectError("no"), (503, "SERVICE_AWAY")),
        (httpx.RemoteProtocolError("gone"), (503, "SERVICE_AWAY")),
        (httpx.ConnectTimeout("slow"), (503, "SERVICE_AWAY")),
        (httpx.ReadTimeout("slow"), (504, "SERVICE_TOO_SLOW")),
    ],
)
async def test_a_service_that_is_away_is_told_in_chinese(
    driver: ConsoleDriver, browser: Browser, fault: Exception, expected: tuple[int, str]
):
    driver.behind.answer = fault
    answer = await browser.get("/api/member-svc/members")
    assert code_of(answer) == expected
    assert "稍后" in answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/simulator/center", "/api/127.0.0.1:9999/x", "/api/member-svc@evil.example/x",
        "/api/member-svc/health/live", "/api/member-svc/metrics", "/api/member-svc/x/../metrics", "/api//x",
        "/api/member%2Dsvc/members",
    ],
)  # fmt: skip
async def test_the_gateway_forwards_to_declared_services_only(driver: ConsoleDriver, browser: Browser, path: str):
    assert (await browser.get(path)).status_code == 404
    assert driver.behind.received == []


async def test_a_token_alone_opens_no_gateway(driver: ConsoleDriver, browser: Browser):
    headers = driver.bench.token("operator", None)
    answer = await driver.bench.client.get("/api/member-svc/members", headers=headers)
    assert code_of(answer) == (401, "UNAUTHENTICATED")
    assert code_of(await driver.browser().get("/api/member-svc/members")) == (401, "UNAUTHENTICATED")


async def test_after_a_sign_out_the_gateway_sends_no_token(driver: ConsoleDriver, browser: Browser):
    kept = dict(browser.client.cookies)
    await browser.send("DELETE", "/session")
    browser.client.cookies.update(kept)
    assert code_of(await browser.get("/api/member-svc/members")) == (401, "UNAUTHENTICATED")
    assert driver.behind.received == []


async def published(driver: ConsoleDriver) -> list[str]:
    return [key["kid"] for key in (await driver.bench.client.get("/.well-known/jwks.json")).json()["keys"]]


async def test_a_new_key_is_published_before_it_signs(driver: ConsoleDriver, browser: Browser):
    await driver.bench.run_periodic()
    await browser.get("/api/member-svc/members")
    old = kid_of(sent_token(driver))
    assert await published(driver) == [old]
    operator = driver.bench.token("operator", None)
    made = await driver.bench.client.post("/token-keys", json={"reason": "年度更换"}, headers=operator)
    new = made.json()["kid"]
    assert sorted(await published(driver)) == sorted([old, new])
    await browser.get("/api/member-svc/members")
    assert kid_of(sent_token(driver)) == old
    await driver.rows("UPDATE signing_keys SET signs_from = now() WHERE kid = $1", new)
    _desk(driver).mint.forget()
    await browser.get("/api/member-svc/members")
    assert kid_of(sent_token(driver)) == new
    assert (await verifier(driver, "member-svc").verify(sent_token(driver))).account == "handler-1"
    assert sorted(await published(driver)) == sorted([old, new])
    await driver.age("signing_keys", "signs_from", 6 * 60)
    await driver.bench.run_periodic()
    assert await published(driver) == [new]
    assert len(await driver.rows("SELECT 1 FROM signing_keys")) == 1


async def test_a_token_is_signed_with_a_known_key_without_a_transaction_that_writes(
    driver: ConsoleDriver, browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    await browser.get("/api/member-svc/members")
    known = kid_of(sent_token(driver))
    _desk(driver).mint.forget()
    monkeypatch.delattr(Database, "work")
    answer = await browser.get("/api/member-svc/members")
    assert (answer.status_code, kid_of(sent_token(driver))) == (200, known)


async def test_a_key_in_wrong_hands_is_withdrawn_at_once(driver: ConsoleDriver, browser: Browser):
    await browser.get("/api/member-svc/members")
    stolen = sent_token(driver)
    operator = driver.bench.token("operator", None)
    body = {"reason": "密钥泄露", "at_once": True}
    new = (await driver.bench.client.post("/token-keys", json=body, headers=operator)).json()["kid"]
    assert await published(driver) == [new]
    with pytest.raises(Unauthenticated):
        await verifier(driver, "member-svc").verify(stolen)
    await browser.get("/api/member-svc/members")
    assert kid_of(sent_token(driver)) == new


async def test_an_old_key_gets_a_successor_by_itself(driver: ConsoleDriver, browser: Browser):
    await driver.bench.run_periodic()
    await driver.bench.run_periodic()
    assert len(await published(driver)) == 1
    await driver.age("signing_keys", "created_at", 91 * 86_400)
    await driver.age("signing_keys", "signs_from", 91 * 86_400)
    await driver.bench.run_periodic()
    assert len(await published(driver)) == 2


async def test_only_an_operator_of_the_whole_city_replaces_keys(driver: ConsoleDriver, browser: Browser):
    answer = await browser.send("POST", "/token-keys", json={"reason": "x"})
    assert code_of(answer) == (403, "FORBIDDEN_ROLE")


async def test_private_keys_are_stored_encrypted(driver: ConsoleDriver, browser: Browser):
    await browser.get("/api/member-svc/members")
    stored = await driver.rows("SELECT s.*, s::text AS line FROM signing_keys AS s")
    assert b"PRIVATE" not in stored[0]["sealed"]
    assert "PRIVATE" not in stored[0]["line"]
    assert "d" not in stored[0]["public_jwk"]


def _desk(driver: ConsoleDriver) -> Any:
    from console.api import desk

    return desk._DESKS[driver.bench.database]
