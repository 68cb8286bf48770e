"""The figures of the monitor 集中参保实时监控画面, the statistics 集中参保统计表 and the notice document 参保告知书
equal the figures of the list and of the batch (F059–F061)."""

from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from pypdf import PdfReader

from contracts.fields import Shares
from contracts.words import EnrollmentType

WITH_UNIT = Shares.of(city=1300, district=1000, unit=300)
PAYEE = {"version": 0, "name": "示例职工保障互助会", "bank": "示例银行上海分行", "account_no": "1001 2345 6789 0123"}
MONEY = ("heads", "city_fen", "district_fen", "unit_fen", "due_fen", "paid_fen", "pending_fen", "open_fen")


async def two_districts(driver: Any) -> None:
    """The district has two centralized submissions, one of them paid, and one immediate submission. Its neighbor has
    one centralized submission."""
    kind = EnrollmentType.CENTRALIZED
    paid = await driver.payable("CB202405109500", kind=kind, heads=2)
    await driver.payable("CB202405109501", kind=kind, rate=WITH_UNIT, days_ago=20)
    await driver.payable("CB202405109502", kind=kind, heads=7, union_id=driver.neighbor_id)
    await driver.payable("CB202405109503")
    await driver.decide((await driver.upload(paid, amount_fen=2600)).json()["voucher_id"], "accepted")


@pytest.mark.row("F059", "D24", "D02")
async def test_monitor_counts_by_union_state_and_money_and_adds_up_to_the_list(driver: Any) -> None:
    await two_districts(driver)
    monitor = await driver.get("/monitor", year=2024)
    [own] = monitor["unions"]
    assert (own["union_name"], own["submissions"], own["heads"], own["overdue"]) == ("某区总工会", 2, 5, 1)
    assert [(s["state"]["label"], s["heads"], s["open_fen"], s["paid_fen"], s["overdue"]) for s in own["states"]] == [
        ("待缴费", 3, 3900, 0, 1),
        ("已缴费", 2, 0, 2600, 0),
    ]
    totals = await driver.get("/dues/totals", enrollment_type="centralized", year=2024)
    assert {name: monitor["totals"][name] for name in MONEY} == {name: totals[name] for name in MONEY}
    city = await driver.get("/monitor", driver.bench.token("municipal", driver.city_id))
    assert {union["union_name"]: union["heads"] for union in city["unions"]} == {"某区总工会": 5, "某产业局总工会": 7}
    assert (city["totals"]["heads"], city["totals"]["submissions"]) == (12, 3)
    assert (await driver.get("/monitor", driver.bench.token("reviewer", driver.street_id)))["unions"] == []
    immediate = await driver.get("/monitor", enrollment_type="immediate")
    assert (immediate["totals"]["heads"], immediate["enrollment_type"]["label"]) == (3, "即时参保")
    assert (monitor["enrollment_type"]["label"], monitor["year"]) == ("集中参保", 2024)
    assert (await driver.get("/monitor", year=2023))["totals"]["heads"] == 0


@pytest.mark.row("F060", "D02", "D26")
async def test_statistics_table_has_the_rows_of_the_own_subtree_and_sums_equal_to_the_screen(driver: Any) -> None:
    await two_districts(driver)
    answer = await driver.bench.client.get("/statistics/export", params={"year": 2024}, headers=driver.reviewer())
    assert unquote(answer.headers["content-disposition"]).endswith("集中参保统计表.xlsx")
    head, *rows, last = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)
    at = {label: place for place, label in enumerate(head)}
    assert [row[at["批次编号"]] for row in rows] == ["CB202405109500", "CB202405109501"]
    assert last[0] == "合计"
    totals = (await driver.get("/monitor", year=2024))["totals"]
    for label, field in (
        ("参保人数", "heads"),
        ("市总工会缴费", "city_fen"),
        ("区局/各级工会缴费", "district_fen"),
        ("基层单位缴费", "unit_fen"),
        ("应缴金额", "due_fen"),
        ("已缴金额", "paid_fen"),
        ("未缴金额", "open_fen"),
    ):
        shown = totals[field] if field == "heads" else totals[field] / 100
        assert last[at[label]] == shown == sum(row[at[label]] for row in rows), label
    for row in (*rows, last):
        shares = row[at["市总工会缴费"]] + row[at["区局/各级工会缴费"]] + row[at["基层单位缴费"]]
        assert row[at["参保金额"]] == shares
    handler = driver.bench.token("handler", driver.union_id)
    assert (await driver.bench.client.get("/statistics/export", headers=handler)).status_code == 403


@pytest.mark.row("F061", "A25", "A22", "D02")
async def test_notice_document_says_what_the_batch_owes_and_where_to(driver: Any) -> None:
    client, headers = driver.bench.client, driver.reviewer()
    number = await driver.payable("CB202405109504", kind=EnrollmentType.CENTRALIZED, rate=WITH_UNIT)
    path = f"/dues/{number}/letter"
    unset = await client.get(path, headers=headers)
    assert (unset.status_code, unset.json()["code"]) == (409, "PAYEE_NOT_SET")
    await client.put("/payee", json=PAYEE, headers=driver.bench.token("municipal", driver.city_id))
    answer = await client.get(path, headers=headers)
    assert answer.headers["content-type"] == "application/pdf"
    assert unquote(answer.headers["content-disposition"]).endswith(f"参保告知书-{number}.pdf")
    lines = PdfReader(BytesIO(answer.content)).pages[0].extract_text().splitlines()
    shown = dict(pairwise(lines))
    due = await driver.due(number)
    assert (
        shown.items()
        >= {
            "单位名称": due["union_name"],
            "参保年度": f"{due['year']}年度",
            "参保类型": due["enrollment_type"]["label"],
            "参保人数": f"{due['heads']}人",
            "应缴金额": f"{due['due_fen'] // 100}元",
            "缴费截止日期": due["due_on"],
            "收款账号": PAYEE["account_no"],
        }.items()
    )
    await driver.bench.deliver(driver.submitted("CB202405109505"))
    early = await client.get("/dues/CB202405109505/letter", headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "LETTER_NOT_READY")
    assert (await client.get(path, headers=driver.bench.token("reviewer", driver.neighbor_id))).status_code == 403
    async with driver.bench.database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE name = 'letter_downloaded'") == 1


async def test_only_the_center_and_the_city_enter_the_account_and_none_overwrites_another(driver: Any) -> None:
    client, token = driver.bench.client, driver.bench.token
    for headers in (driver.reviewer(), token("handler", driver.union_id), token("operator", None)):
        assert (await client.put("/payee", json=PAYEE, headers=headers)).status_code == 403
    first = await client.put("/payee", json=PAYEE, headers=token("center", None))
    assert (first.status_code, first.json()["version"]) == (200, 1)
    stale = await client.put("/payee", json=PAYEE | {"name": "别的户名"}, headers=token("center", None))
    assert (stale.status_code, stale.json()["code"]) == (409, "STALE_VERSION")
    driver.bench.clock.instant += timedelta(days=1)
    changed = PAYEE | {"version": 1, "account_no": "62220000"}
    second = await client.put("/payee", json=changed, headers=token("center", None))
    assert (second.json()["version"], (await driver.get("/payee"))["account_no"]) == (2, "62220000")
    bad = await client.put("/payee", json=PAYEE | {"version": 2, "account_no": "x"}, headers=token("center", None))
    assert bad.status_code == 422


async def test_the_payee_shows_by_name_who_entered_it_and_stored_answers_hold_no_name(driver: Any) -> None:
    client = driver.bench.client
    headers = driver.bench.token("municipal", driver.city_id, "city-1", name="王管理")
    entered = await client.put("/payee", json=PAYEE, headers=headers)
    assert entered.json()["set_by"] == "city-1"
    assert "王管理" not in entered.text
    shown = await driver.get("/payee")
    assert (shown["set_by"], shown["set_by_name"]) == ("city-1", "王管理")
    assert shown["set_by_union"] is not None
    assert (await driver.get("/vouchers/form"))["payee"] == shown
