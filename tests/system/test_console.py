"""On a running stack, an account signs in at the console, reaches a service through the gateway, and signs out.
Services check tokens even while the console is frozen.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from integration.console.questions import solved

from chassis.identity import Principal, issue_session_token
from chassis.privacy import RowCipher
from console.domain.signing_keys import TOKEN_S
from contracts.words import Role
from enrollctl.commands.stack.accounts import ensure_accounts
from enrollctl.demo.stages.caller import Caller
from enrollctl.demo.stages.tree import ABOVE, CITY
from enrollctl.stack.stack import Stack
from support.waiting import eventually

LEEWAY_S = 5


@pytest.fixture(scope="module")
def passwords(stack: Stack) -> dict[str, str]:
    city = Caller(stack.url, stack.keys, account="city", role=Role.MUNICIPAL, union_id=CITY.union_id)
    for place in ABOVE:
        city.act("member-svc", f"/unions/{place.union_id}", place.body(), method="PUT")
    return ensure_accounts(stack)


@pytest.fixture
def browser(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url("console"), trust_env=False, timeout=30) as client:
        yield client


def sign_in(browser: httpx.Client, account_name: str, password: str) -> dict[str, Any]:
    shown = browser.post("/captchas", json={"kind": "question"}).json()
    body = {"account_name": account_name, "password": password, "captcha_id": shown["captcha_id"]}
    answer = browser.post("/session", json=body | {"captcha": solved(shown["question"])})
    assert answer.status_code == 200, answer.text
    browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    found: dict[str, Any] = answer.json()
    return found


async def signing_key(stack: Stack) -> tuple[str, str]:
    """The id of the key with which the console signs, and the private key. Other tests can have rotated the keys."""
    connection = await asyncpg.connect(stack.database_url("console"))
    try:
        row = await connection.fetchrow(
            "SELECT kid, key_id, sealed FROM signing_keys WHERE withdrawn_at IS NULL AND signs_from <= now()"
            " ORDER BY signs_from DESC LIMIT 1"
        )
    finally:
        await connection.close()
    return row["kid"], RowCipher(stack.keys).unseal_bytes(row["sealed"], row["key_id"]).decode()


def status(stack: Stack, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{stack.url('member-svc')}/me", headers=headers, trust_env=False, timeout=30).status_code


@pytest.mark.row("F007", "F015", "D01")
def test_who_signs_in_reaches_a_service_until_he_signs_out(
    stack: Stack, passwords: dict[str, str], browser: httpx.Client
):
    shown = sign_in(browser, "city", passwords["city"])
    assert shown["role"]["label"] == "市总工会"
    assert browser.get("/api/member-svc/me").json()["account"] == "city"
    eventually(lambda: browser.get(f"/api/member-svc/unions/{CITY.union_id}").status_code == 200)
    assert browser.get("/api/simulator/faults").status_code == 404
    kept = dict(browser.cookies)
    assert browser.delete("/session").status_code == 200
    browser.cookies.update(kept)
    assert browser.get("/api/member-svc/me").status_code == 401


@pytest.mark.row("D01")
async def test_a_token_is_over_within_a_minute_after_the_sign_out(stack: Stack, passwords: dict[str, str]):
    assert TOKEN_S + LEEWAY_S <= 60
    kid, private = await signing_key(stack)
    wang = Principal("wang", Role.MUNICIPAL, None)
    token = issue_session_token(wang, audience="member-svc", seconds=1, kid=kid, private=private)
    elsewhere = issue_session_token(wang, audience="review-svc", seconds=60, kid=kid, private=private)
    assert (status(stack, token), status(stack, elsewhere)) == (200, 401)
    await asyncio.sleep(1 + LEEWAY_S + 1)
    assert status(stack, token) == 401


async def test_services_check_tokens_while_the_console_is_away(stack: Stack, passwords: dict[str, str]):
    kid, private = await signing_key(stack)
    wang = Principal("wang", Role.MUNICIPAL, None)
    token = issue_session_token(wang, audience="member-svc", seconds=60, kid=kid, private=private)
    assert status(stack, token) == 200
    pid = stack.pid("console")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert status(stack, token) == 200
        unknown = issue_session_token(wang, audience="member-svc", seconds=60, kid=uuid4().hex, private=private)
        assert status(stack, unknown) == 401
        assert status(stack, token) == 200
    finally:
        os.kill(pid, signal.SIGCONT)
