"""A superior union finds and administers the accounts below it (F012, F013)."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.console.conftest import PASSWORD, Browser, ConsoleDriver

from console.api.desk import hashing_of
from console.usecases.provisioning import ProvisionedAccount, provision
from contracts.words import Role


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def admin(driver: ConsoleDriver) -> Browser:
    """The administrator of the district."""
    await driver.add_account("district-admin", Role.ACCOUNT_ADMIN, driver.district)
    await driver.add_account("handler-1", Role.HANDLER, driver.union)
    return await driver.signed_in("district-admin")


def draft(union: UUID | None, **fields: Any) -> dict[str, Any]:
    usual = {"account_name": "handler-2", "name": "李经办", "role": "handler"}
    return usual | {"union_id": str(union) if union else None} | fields


@pytest.mark.row("F012")
async def test_a_superior_finds_an_account_by_union_and_by_unit(driver: ConsoleDriver, admin: Browser):
    for query in ({"union_id": str(driver.union)}, {"unit_id": str(driver.unit)}):
        found = (await admin.get("/accounts", params=query)).json()
        assert [(one["account_name"], one["name"]) for one in found["items"]] == [("handler-1", "王小明")]


@pytest.mark.row("F012")
async def test_who_is_no_superior_finds_nothing(driver: ConsoleDriver, admin: Browser):
    await driver.add_account("neighbor-admin", Role.ACCOUNT_ADMIN, driver.neighbor)
    await driver.add_account("union-admin", Role.ACCOUNT_ADMIN, driver.union)
    for name in ("neighbor-admin", "union-admin"):
        browser = await driver.signed_in(name)
        for query in ({"union_id": str(driver.union)}, {"unit_id": str(driver.unit)}, {"unit_id": str(uuid4())}, {}):
            assert code_of(await browser.get("/accounts", params=query)) == (403, "NOT_SUPERIOR_UNION")
    handler = await driver.signed_in("handler-1")
    assert code_of(await handler.get("/accounts")) == (403, "FORBIDDEN_ROLE")
    # The administrator asks for the accounts of its own union, but is not superior to them.
    answer = await admin.get("/accounts", params={"union_id": str(driver.district)})
    assert code_of(answer) == (403, "NOT_SUPERIOR_UNION")


@pytest.mark.row("D02", "A61")
async def test_an_operator_of_a_district_administers_no_account_of_the_city(driver: ConsoleDriver, admin: Browser):
    await driver.add_account("auditor", Role.AUDITOR, None)
    client = driver.bench.client
    for place, expected in ((driver.district, "CITY_SCOPE_REQUIRED"), (None, "")):
        for act in ("lock", "unlock"):
            headers = driver.bench.token("operator", place)
            answer = await client.post(f"/accounts/auditor/{act}", json={"why": "other"}, headers=headers)
            assert answer.json().get("code", "") == expected
        listed = await client.get("/accounts", headers=driver.bench.token("operator", place))
        assert listed.json().get("code", "") == expected


@pytest.mark.row("F013", "F028")
async def test_a_superior_resets_a_password_which_must_be_changed_at_the_next_sign_in(
    driver: ConsoleDriver, admin: Browser
):
    handler = await driver.signed_in("handler-1")
    for _ in range(6):
        await driver.browser().sign_in("handler-1", "wrong password")
    answer = await admin.send("POST", "/accounts/handler-1/password-resets", json={"why": "forgotten"})
    password = answer.json()["one_time_password"]
    assert answer.headers["cache-control"] == "no-store"
    assert code_of(await handler.get("/session")) == (401, "UNAUTHENTICATED")
    assert code_of(await driver.browser().sign_in("handler-1")) == (401, "SIGN_IN_REFUSED")
    assert (await driver.browser().sign_in("handler-1", password)).json()["must_change_password"] is True
    [act] = await driver.acts("password_reset")
    assert (act["account"], act["subject"], act["detail"]) == ("district-admin", "handler-1", {"why": "forgotten"})
    assert password not in str(await driver.rows("SELECT * FROM idempotency_keys"))


@pytest.mark.row("F013")
async def test_self_peers_and_lower_unions_reset_nothing(driver: ConsoleDriver, admin: Browser):
    await driver.add_account("peer", Role.ACCOUNT_ADMIN, driver.district)
    await driver.add_account("lower", Role.ACCOUNT_ADMIN, driver.street)
    await driver.add_account("sibling", Role.ACCOUNT_ADMIN, driver.neighbor)
    lower, sibling = await driver.signed_in("lower"), await driver.signed_in("sibling")
    for browser, account in (
        (admin, "district-admin"),
        (admin, "peer"),
        (lower, "district-admin"),
        (sibling, "handler-1"),
        (admin, "nobody"),
    ):
        for path in ("password-resets", "lock", "unlock", "close"):
            answer = await browser.send("POST", f"/accounts/{account}/{path}", json={"why": "forgotten"})
            assert code_of(answer) == (403, "NOT_SUPERIOR_UNION"), (account, path)
    assert await driver.acts("password_reset") == []


async def test_a_repeated_request_shows_no_password_again(driver: ConsoleDriver, admin: Browser):
    sent = [await admin.send("POST", "/accounts", json=draft(driver.union), key="k") for _ in range(2)]
    assert [answer.status_code for answer in sent] == [200, 200]
    assert sent[0].json()["one_time_password"]
    assert sent[1].json()["one_time_password"] is None
    assert len(await driver.acts("account_created")) == 1


async def test_a_new_account_signs_in_with_its_one_time_password(driver: ConsoleDriver, admin: Browser):
    body = draft(driver.union, unit_id=str(driver.unit))
    password = (await admin.send("POST", "/accounts", json=body)).json()["one_time_password"]
    assert (await driver.browser().sign_in("handler-2", password)).json()["must_change_password"] is True
    found = (await admin.get("/accounts", params={"union_id": str(driver.union)})).json()["items"]
    assert [(one["account_name"], one["created_by"]) for one in found] == [
        ("handler-1", "provision"),
        ("handler-2", "district-admin"),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"account_name": "Handler-1"}, (409, "ACCOUNT_NAME_TAKEN")),
        ({"account_name": "王经办"}, (422, "INVALID")),
        ({"account_name": "ab"}, (422, "INVALID")),
        ({"role": "janitor"}, (422, "INVALID")),
        ({"role": "auditor"}, (422, "ROLE_OF_THE_CITY")),
        ({"union_id": None}, (422, "ACCOUNT_UNION_REQUIRED")),
        ({"union_id": None, "role": "operator"}, (403, "NOT_SUPERIOR_UNION")),
        ({"union_id": str(uuid4())}, (403, "NOT_SUPERIOR_UNION")),
        ({"unit_id": str(uuid4())}, (422, "UNIT_NOT_OF_UNION")),
    ],
)
async def test_an_account_that_does_not_fit_is_not_created(
    driver: ConsoleDriver, admin: Browser, fields: dict[str, Any], code: tuple[int, str]
):
    answer = await admin.send("POST", "/accounts", json=draft(driver.union) | fields)
    assert code_of(answer) == code
    assert await driver.acts("account_created") == []


@pytest.mark.row("D02")
async def test_a_change_of_role_or_union_ends_the_sessions_and_needs_both_unions(driver: ConsoleDriver, admin: Browser):
    handler = await driver.signed_in("handler-1")
    change = {"name": "王小明", "role": "reviewer", "union_id": str(driver.street), "version": 1}
    away = await admin.send("PUT", "/accounts/handler-1", json=change | {"union_id": str(driver.neighbor)})
    assert code_of(away) == (403, "NOT_SUPERIOR_UNION")
    assert (await admin.send("PUT", "/accounts/handler-1", json=change)).json()["version"] == 2
    assert code_of(await handler.get("/session")) == (401, "UNAUTHENTICATED")
    assert (await driver.browser().sign_in("handler-1")).json()["role"]["code"] == "reviewer"
    [act] = await driver.acts("account_changed")
    assert act["detail"]["role"] == ["handler", "reviewer"]
    stale = await admin.send("PUT", "/accounts/handler-1", json=change)
    assert code_of(stale) == (409, "STALE_VERSION")


async def test_a_locked_account_works_again_when_it_is_unlocked_and_a_closed_one_never(
    driver: ConsoleDriver, admin: Browser
):
    handler = await driver.signed_in("handler-1")
    body = {"why": "suspicion"}
    assert (await admin.send("POST", "/accounts/handler-1/lock", json=body)).json()["state"]["code"] == "locked"
    assert code_of(await handler.get("/session")) == (401, "UNAUTHENTICATED")
    assert code_of(await driver.browser().sign_in("handler-1")) == (403, "ACCOUNT_UNUSABLE")
    assert code_of(await driver.browser().sign_in("handler-1", "wrong")) == (401, "SIGN_IN_REFUSED")
    await admin.send("POST", "/accounts/handler-1/unlock", json=body)
    assert (await driver.browser().sign_in("handler-1")).status_code == 200
    await admin.send("POST", "/accounts/handler-1/close", json={"why": "left"})
    assert code_of(await driver.browser().sign_in("handler-1")) == (403, "ACCOUNT_UNUSABLE")
    for path in ("lock", "unlock", "close", "password-resets"):
        answer = await admin.send("POST", f"/accounts/handler-1/{path}", json=body)
        assert answer.status_code == 409, path
    taken = await admin.send("POST", "/accounts", json=draft(driver.union, account_name="handler-1"))
    assert code_of(taken) == (409, "ACCOUNT_NAME_TAKEN")


@pytest.mark.row("D01")
async def test_a_superior_ends_a_lock_out(driver: ConsoleDriver, admin: Browser):
    for _ in range(6):
        await driver.browser().sign_in("handler-1", "wrong password")
    assert code_of(await driver.browser().sign_in("handler-1")) == (403, "ACCOUNT_LOCKED_OUT")
    await admin.send("POST", "/accounts/handler-1/unlock", json={"why": "wrong_passwords"})
    assert (await driver.browser().sign_in("handler-1")).status_code == 200


async def test_an_operator_keeps_the_accounts_that_have_no_superior(driver: ConsoleDriver, admin: Browser):
    operator = driver.bench.token("operator", None, account="ops")

    async def add(name: str, role: str, union: UUID | None) -> httpx.Response:
        headers = operator | {"Idempotency-Key": str(uuid4())}
        body = draft(union, account_name=name, role=role)
        return await driver.bench.client.post("/accounts", json=body, headers=headers)

    assert (await add("auditor-1", "auditor", None)).status_code == 200
    assert (await add("city-admin", "account_admin", driver.city)).status_code == 200
    assert code_of(await add("handler-3", "handler", driver.union)) == (403, "NOT_SUPERIOR_UNION")
    listed = (await driver.bench.client.get("/accounts", headers=operator)).json()
    assert [one["account_name"] for one in listed["items"]] == ["auditor-1"]


async def test_provisioning_twice_at_the_same_time_adds_each_account_once(driver: ConsoleDriver):
    given = [ProvisionedAccount(f"first-{n}", "王小明", Role.OPERATOR, None, PASSWORD, True) for n in range(3)]
    hashing = hashing_of(driver.bench.runtime.settings)
    added = await asyncio.gather(*(provision(driver.bench.database, hashing, given) for _ in range(3)))
    assert sorted(len(names) for names in added) == [0, 0, 3]
    assert (await driver.browser().sign_in("first-1")).json()["must_change_password"] is True
