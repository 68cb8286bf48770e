"""Signing in: account, password, captcha, and the lock-outs."""

import asyncio

import httpx
import pytest
from integration.console.conftest import PASSWORD, ConsoleDriver

from console.domain import captchas
from console.domain.captchas import CaptchaKind
from contracts.words import Role, UnionType


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture(autouse=True)
async def _accounts(driver: ConsoleDriver) -> None:
    await driver.add_account("handler-1", Role.HANDLER, driver.union)


@pytest.mark.row("F007", "F014", "F020", "F023")
async def test_account_password_and_captcha_open_a_session_with_the_menus_of_the_role(driver: ConsoleDriver):
    browser = driver.browser()
    answer = await browser.sign_in(" Handler-1 ")
    assert answer.status_code == 200
    shown = (await browser.get("/session")).json()
    assert shown == answer.json()
    assert (shown["account_name"], shown["name"], shown["role"]["label"]) == ("handler-1", "王小明", "经办人")
    assert shown["union"]["name"] == "示例公司工会委员会"
    assert shown["closed"] is None
    labels = [menu["label"] for menu in shown["menus"]]
    assert "社保卡参保信息管理" in labels
    assert "集中参保审核" not in labels
    [act] = await driver.acts("signed_in")
    assert (act["account"], act["role"]) == ("handler-1", "handler")


@pytest.mark.row("F004")
async def test_an_empty_account_is_a_fault_of_the_field_and_opens_nothing(driver: ConsoleDriver):
    browser = driver.browser()
    answer = await browser.sign_in("  ")
    assert code_of(answer) == (422, "INVALID")
    assert "account_name" in answer.text
    assert code_of(await browser.get("/session")) == (401, "UNAUTHENTICATED")


@pytest.mark.row("F005")
async def test_a_wrong_password_and_an_unknown_account_have_one_answer_and_are_counted(driver: ConsoleDriver):
    wrong = await driver.browser().sign_in("handler-1", "another password")
    unknown = await driver.browser().sign_in("nobody", "another password")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert code_of(wrong) == (401, "SIGN_IN_REFUSED")
    assert len(await driver.rows("SELECT 1 FROM sign_in_attempts")) == 2
    assert [act["account"] for act in await driver.acts("sign_in_failed")] == ["handler-1", "unknown"]


@pytest.mark.row("F005")
async def test_an_unknown_account_costs_the_same_work(driver: ConsoleDriver, monkeypatch: pytest.MonkeyPatch):
    from console.credentials.password_hashing import PasswordHashing

    checked: list[bool] = []
    real = PasswordHashing._matches

    def counted(self: PasswordHashing, password_hash: str | None, password: str) -> bool:
        checked.append(password_hash is None)
        return real(self, password_hash, password)

    monkeypatch.setattr(PasswordHashing, "_matches", counted)
    await driver.browser().sign_in("nobody", "another password")
    await driver.browser().sign_in("handler-1", "another password")
    assert checked == [True, False]


@pytest.mark.row("F006")
async def test_a_wrong_a_late_or_a_used_captcha_is_refused_with_the_right_password(driver: ConsoleDriver):
    browser = driver.browser()
    assert code_of(await browser.sign_in("handler-1", captcha="999")) == (422, "CAPTCHA_WRONG")
    used = await browser.captcha()
    assert code_of(await browser.sign_in("handler-1", "another password", **used)) == (401, "SIGN_IN_REFUSED")
    assert code_of(await browser.sign_in("handler-1", **used)) == (422, "CAPTCHA_WRONG")
    spent = await browser.captcha()
    await browser.sign_in("handler-1", **(spent | {"captcha": "999"}))
    assert code_of(await browser.sign_in("handler-1", **spent)) == (422, "CAPTCHA_WRONG")
    late = await browser.captcha()
    await driver.age("captchas", "created_at", 181)
    assert code_of(await browser.sign_in("handler-1", **late)) == (422, "CAPTCHA_WRONG")
    assert await driver.acts("signed_in") == []


@pytest.mark.row("F006")
async def test_a_picture_is_drawn_and_its_answer_is_stored_nowhere(
    driver: ConsoleDriver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(captchas, "draw", lambda kind: captchas.Puzzle("7KQ4M", "7KQ4M"))
    browser = driver.browser()
    shown = (await browser.client.post("/captchas", json={"kind": CaptchaKind.PICTURE})).json()
    assert shown["picture"].startswith("data:image/png;base64,iVBOR")
    assert shown["question"] is None
    assert "7KQ4M" not in str(await driver.rows("SELECT * FROM captchas"))
    fields = {"captcha_id": shown["captcha_id"], "captcha": "７kq4m"}
    assert (await browser.sign_in("handler-1", **fields)).status_code == 200


async def test_one_address_gets_a_limited_number_of_captchas(driver: ConsoleDriver):
    browser = driver.browser()
    await driver.rows(
        """INSERT INTO captchas (captcha_id, answer_key, address)
           SELECT gen_random_uuid(), 'x', '127.0.0.1' FROM generate_series(1, 60)"""
    )
    assert code_of(await browser.client.post("/captchas", json={})) == (429, "TOO_MANY_CAPTCHAS")


@pytest.mark.row("D01")
async def test_after_six_wrong_passwords_the_right_one_is_refused_for_fifteen_minutes(driver: ConsoleDriver):
    for _ in range(6):
        assert code_of(await driver.browser().sign_in("handler-1", "wrong password")) == (401, "SIGN_IN_REFUSED")
    for _ in range(3):
        assert code_of(await driver.browser().sign_in("handler-1")) == (403, "ACCOUNT_LOCKED_OUT")
    # Refused attempts are not counted, so the lock-out ends fifteen minutes after the sixth failure.
    await driver.age("sign_in_attempts", "at", 901)
    assert (await driver.browser().sign_in("handler-1")).status_code == 200


@pytest.mark.row("D01")
async def test_an_account_that_does_not_exist_is_locked_out_alike(driver: ConsoleDriver):
    answers = [code_of(await driver.browser().sign_in("nobody", "wrong password")) for _ in range(7)]
    assert answers == [(401, "SIGN_IN_REFUSED")] * 6 + [(403, "ACCOUNT_LOCKED_OUT")]


@pytest.mark.row("D01")
async def test_many_passwords_at_the_same_time_are_no_way_around_the_lock_out(driver: ConsoleDriver):
    browsers = [driver.browser() for _ in range(20)]
    answers = await asyncio.gather(*(browser.sign_in("handler-1", "wrong password") for browser in browsers))
    codes = [code_of(answer)[1] for answer in answers]
    assert sorted(codes) == ["ACCOUNT_LOCKED_OUT"] * 14 + ["SIGN_IN_REFUSED"] * 6


@pytest.mark.row("D01")
async def test_strangers_cannot_lock_somebody_out_of_his_own_browser(driver: ConsoleDriver):
    own = await driver.signed_in("handler-1")
    for _ in range(7):
        await driver.browser().sign_in("handler-1", "wrong password")
    assert code_of(await driver.browser().sign_in("handler-1")) == (403, "ACCOUNT_LOCKED_OUT")
    assert (await own.sign_in("handler-1")).status_code == 200
    # Wrong passwords from a browser in which the account has signed in before are counted separately.
    for _ in range(6):
        await own.sign_in("handler-1", "wrong password")
    assert code_of(await own.sign_in("handler-1")) == (403, "ACCOUNT_LOCKED_OUT")


@pytest.mark.row("D01")
async def test_the_device_of_another_account_is_not_known(driver: ConsoleDriver):
    await driver.add_account("handler-2", Role.HANDLER, driver.union)
    other = await driver.signed_in("handler-2")
    for _ in range(6):
        await driver.browser().sign_in("handler-1", "wrong password")
    assert code_of(await other.sign_in("handler-1")) == (403, "ACCOUNT_LOCKED_OUT")


async def test_one_address_cannot_try_many_accounts(driver: ConsoleDriver):
    own = await driver.signed_in("handler-1")
    await driver.rows(
        """INSERT INTO sign_in_attempts (account_key, address)
           SELECT 'account ' || n, '127.0.0.1' FROM generate_series(1, 60) AS n"""
    )
    assert code_of(await driver.browser().sign_in("nobody")) == (429, "ADDRESS_LOCKED_OUT")
    assert (await own.sign_in("handler-1")).status_code == 200


@pytest.mark.row("F021", "F022", "A30")
@pytest.mark.parametrize("kind", [UnionType.FEDERATION, UnionType.BRANCH, UnionType.GROUP])
async def test_a_union_of_an_unsupported_type_signs_in_and_is_told_so(driver: ConsoleDriver, kind: UnionType):
    await driver.add_union(kind, "示例工会", driver.city, driver.district, driver.neighbor)
    await driver.add_account("closed-1", Role.HANDLER, driver.neighbor)
    browser = driver.browser()
    shown = (await browser.sign_in("closed-1")).json()
    assert shown["closed"]["code"] == "UNSUPPORTED_UNION_TYPE"
    assert "暂不支持" in shown["closed"]["message"]
    assert shown["menus"] == []
    for service in ("member-svc", "enrollment-svc"):
        answer = await browser.get(f"/api/{service}/members")
        assert code_of(answer) == (403, "UNSUPPORTED_UNION_TYPE")
    assert code_of(await browser.get("/api/member-svc/me/../members")) == (403, "UNSUPPORTED_UNION_TYPE")
    assert driver.behind.received == []
    assert (await browser.get("/api/member-svc/me")).status_code == 200


@pytest.mark.row("F015", "F016", "F017", "F018", "F019")
@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (UnionType.MUNICIPAL, Role.MUNICIPAL),
        (UnionType.DISTRICT, Role.REVIEWER),
        (UnionType.INDUSTRY, Role.REVIEWER),
        (UnionType.STREET, Role.REVIEWER),
        (UnionType.JOINT, Role.HANDLER),
    ],
)
async def test_a_union_of_each_supported_type_signs_in(driver: ConsoleDriver, kind: UnionType, role: Role):
    await driver.add_union(kind, "示例工会", driver.city, driver.neighbor)
    await driver.add_account("somebody", role, driver.neighbor)
    shown = (await driver.browser().sign_in("somebody")).json()
    assert shown["union"]["union_type"]["label"] == kind.label
    assert shown["closed"] is None
    assert shown["menus"] != []


async def test_a_page_of_another_site_cannot_sign_a_browser_in(driver: ConsoleDriver):
    browser = driver.browser()
    body = {"account_name": "handler-1", "password": PASSWORD, **(await browser.captcha())}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = await browser.client.post("/session", json=body, headers=headers)
        assert code_of(answer) == (403, "FOREIGN_REQUEST")
    own = {"Origin": "http://console.test", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.client.post("/session", json=body, headers=own)).status_code == 200


async def test_no_password_and_no_answer_is_stored_or_logged(driver: ConsoleDriver, capfd: pytest.CaptureFixture[str]):
    await driver.signed_in("handler-1")
    await driver.browser().sign_in("handler-1", "wrong password")
    await driver.browser().sign_in(PASSWORD, "x")
    tables = await driver.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    stored = [await driver.rows(f"SELECT t::text AS line FROM {row['tablename']} AS t") for row in tables]
    logged = "".join(capfd.readouterr())
    for text in (PASSWORD, "wrong password", "argon2", "王小明"):
        assert text not in str(stored)
        assert text not in logged
