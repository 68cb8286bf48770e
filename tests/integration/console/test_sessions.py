"""Sessions: limits, sign-out of this session and of other sessions of the account, cookies, requests that a page of
another site sends, one-time passwords.
"""

import httpx
import pytest
from integration.console.conftest import PASSWORD, ConsoleDriver

from console.api.cookies import Cookies
from console.usecases.sign_in import SignedIn
from contracts.words import Role

NEW = "另一句好记的话而已三千五百"


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture(autouse=True)
async def _accounts(driver: ConsoleDriver) -> None:
    await driver.add_account("handler-1", Role.HANDLER, driver.union)


@pytest.mark.row("D01")
async def test_a_sign_out_ends_the_session(driver: ConsoleDriver):
    browser = await driver.signed_in("handler-1")
    kept = dict(browser.client.cookies)
    assert (await browser.send("DELETE", "/session")).status_code == 200
    browser.client.cookies.update(kept)
    assert code_of(await browser.get("/session")) == (401, "UNAUTHENTICATED")
    assert len(await driver.acts("signed_out")) == 1


@pytest.mark.row("D01")
async def test_a_session_ends_when_nobody_uses_it_and_after_half_a_day(driver: ConsoleDriver):
    browser = await driver.signed_in("handler-1")
    await driver.age("sessions", "seen_at", 1700)
    assert (await browser.get("/session")).status_code == 200
    await driver.age("sessions", "seen_at", 1700)
    assert (await browser.get("/session")).status_code == 200, "the previous request counts as use of the session"
    await driver.age("sessions", "seen_at", 1801)
    assert code_of(await browser.get("/session")) == (401, "UNAUTHENTICATED")
    browser = await driver.signed_in("handler-1")
    await driver.age("sessions", "created_at", 12 * 3600 + 1)
    assert code_of(await browser.get("/session")) == (401, "UNAUTHENTICATED")


async def test_a_session_that_somebody_planted_before_the_sign_in_is_worth_nothing(driver: ConsoleDriver):
    attacker = await driver.signed_in("handler-1")
    planted = attacker.client.cookies["ue-session"]
    victim = driver.browser()
    victim.client.cookies.set("ue-session", planted, domain="console.test")
    await victim.sign_in("handler-1")
    assert victim.client.cookies.get("ue-session", domain="console.test") != planted
    assert code_of(await attacker.get("/session")) == (401, "UNAUTHENTICATED")
    fresh = driver.browser()
    fresh.client.cookies.set("ue-session", "invented", domain="console.test")
    assert code_of(await fresh.get("/session")) == (401, "UNAUTHENTICATED")


async def test_own_sessions_are_listed_and_ended_one_by_one_or_all(driver: ConsoleDriver):
    here, there, elsewhere = [await driver.signed_in("handler-1") for _ in range(3)]
    listed = (await here.get("/sessions")).json()
    assert [one["here"] for one in listed] == [False, False, True]
    assert (await here.send("DELETE", f"/sessions/{listed[1]['session_id']}")).status_code == 200
    assert code_of(await there.get("/session")) == (401, "UNAUTHENTICATED")
    assert (await here.send("DELETE", "/sessions")).status_code == 200
    assert code_of(await elsewhere.get("/session")) == (401, "UNAUTHENTICATED")
    assert len((await here.get("/sessions")).json()) == 1


async def test_nobody_ends_the_session_of_another_account(driver: ConsoleDriver):
    await driver.add_account("handler-2", Role.HANDLER, driver.union)
    other = await driver.signed_in("handler-2")
    [session] = (await other.get("/sessions")).json()
    browser = await driver.signed_in("handler-1")
    answer = await browser.send("DELETE", f"/sessions/{session['session_id']}")
    assert code_of(answer) == (404, "SESSION_NOT_FOUND")
    assert (await other.get("/session")).status_code == 200


async def test_a_change_needs_the_token_of_the_own_session_and_the_own_site(driver: ConsoleDriver):
    browser, other = await driver.signed_in("handler-1"), await driver.signed_in("handler-1")
    for headers in (
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": other.csrf},
        {"Origin": "https://evil.example"},
        {"Origin": "http://console.test.evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = await browser.send("DELETE", "/sessions", headers=headers)
        assert code_of(answer) == (403, "FOREIGN_REQUEST"), headers
        answer = await browser.send("POST", "/api/member-svc/imports", headers=headers)
        assert code_of(answer) == (403, "FOREIGN_REQUEST"), headers
    assert (await other.get("/session")).status_code == 200
    assert driver.behind.received == []
    own = {"Origin": "http://console.test", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.send("DELETE", "/sessions", headers=own)).status_code == 200


@pytest.mark.row("F013")
async def test_a_one_time_password_opens_nothing_but_its_change(driver: ConsoleDriver):
    await driver.add_account("new-1", Role.HANDLER, driver.union, must_change=True)
    browser = await driver.signed_in("new-1")
    assert (await browser.get("/session")).json()["must_change_password"] is True
    for path in ("/sessions", "/api/member-svc/members", "/accounts"):
        assert code_of(await browser.get(path)) == (403, "PASSWORD_CHANGE_REQUIRED")
    body = {"old_password": PASSWORD, "new_password": NEW}
    assert (await browser.send("PUT", "/session/password", json=body)).status_code == 200
    assert (await browser.get("/api/member-svc/members")).status_code == 200
    assert code_of(await driver.browser().sign_in("new-1")) == (401, "SIGN_IN_REFUSED")
    assert (await driver.browser().sign_in("new-1", NEW)).status_code == 200


@pytest.mark.row("D01")
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("wrong password", NEW, "PASSWORD_WRONG"),
        (PASSWORD, PASSWORD, "PASSWORD_UNCHANGED"),
        (PASSWORD, "short", "PASSWORD_TOO_SHORT"),
        (PASSWORD, "password1234", "PASSWORD_EASY"),
        (PASSWORD, "handler-1-is-my-name", "PASSWORD_IS_NAME"),
        (PASSWORD, "示例公司工会委员会二零二四年", "PASSWORD_IS_NAME"),
        (PASSWORD, "王小明的密码就是这一句话", "PASSWORD_IS_NAME"),
    ],
)
async def test_an_unfit_password_is_refused(driver: ConsoleDriver, old: str, new: str, code: str):
    browser = await driver.signed_in("handler-1")
    answer = await browser.send("PUT", "/session/password", json={"old_password": old, "new_password": new})
    assert code_of(answer)[1] == code
    assert (await driver.browser().sign_in("handler-1")).status_code == 200


async def test_who_took_over_a_session_cannot_guess_its_password(driver: ConsoleDriver):
    browser = await driver.signed_in("handler-1")
    body = {"old_password": "wrong password", "new_password": NEW}
    answers = [code_of(await browser.send("PUT", "/session/password", json=body)) for _ in range(7)]
    assert answers == [(403, "PASSWORD_WRONG")] * 6 + [(403, "ACCOUNT_LOCKED_OUT")]


async def test_a_new_password_ends_the_other_sessions(driver: ConsoleDriver):
    browser, other = await driver.signed_in("handler-1"), await driver.signed_in("handler-1")
    await browser.send("PUT", "/session/password", json={"old_password": PASSWORD, "new_password": NEW})
    assert (await browser.get("/session")).status_code == 200
    assert code_of(await other.get("/session")) == (401, "UNAUTHENTICATED")
    assert len(await driver.acts("password_changed")) == 1


def test_over_tls_cookies_are_bound_to_the_host():
    from fastapi import Response

    response = Response()
    Cookies(is_secure=True).set_both(response, SignedIn("session", "device"))
    for cookie in response.headers.getlist("set-cookie"):
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


async def test_the_database_holds_no_cookie(driver: ConsoleDriver):
    browser = await driver.signed_in("handler-1")
    stored = str(await driver.rows("SELECT s::text, d::text FROM sessions AS s, known_devices AS d"))
    assert not [value for value in browser.client.cookies.values() if value in stored]


async def test_old_rows_are_deleted(driver: ConsoleDriver):
    browser = await driver.signed_in("handler-1")
    await driver.browser().sign_in("handler-1", "wrong password")
    await browser.captcha()
    for table, column in (
        ("captchas", "created_at"),
        ("sign_in_attempts", "at"),
        ("sessions", "seen_at"),
        ("known_devices", "used_at"),
    ):
        await driver.age(table, column, 181 * 86_400)
    await driver.bench.run_periodic()
    for table in ("captchas", "sign_in_attempts", "sessions", "known_devices"):
        assert await driver.rows(f"SELECT 1 FROM {table}") == [], table
