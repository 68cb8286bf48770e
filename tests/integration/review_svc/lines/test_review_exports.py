"""Lists are exported as files, and screens get the manual's texts (D26, F222, F237, F245, A26)."""

import csv
import io
from uuid import uuid4

import pytest
from integration.review_svc.review_driver import ReviewDriver
from openpyxl import load_workbook

from contracts.words import Role


async def fetched(driver: ReviewDriver, path: str, headers: dict[str, str], **params: str) -> bytes:
    answer = await driver.bench.client.get(path, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content


def sheet(content: bytes) -> list[list[object]]:
    [found] = load_workbook(io.BytesIO(content)).worksheets
    return [[cell.value for cell in row] for row in found.iter_rows()]


@pytest.mark.row("D26")
async def test_both_lists_are_files_with_the_same_rows_and_no_formula(driver: ReviewDriver):
    await driver.submitted(2, unit_name="=1+1", organization_code="012345678")
    await driver.submitted(1, unit_name="示例纺织厂", batch_no="CB202405100002")
    headers = driver.reviewer(driver.street)
    head, *rows = sheet(await fetched(driver, "/lines/export", headers, list="pending", sort="heads"))
    assert head[:4] == ["批次编号", "单位名称", "组织机构代码", "审核工会"]
    unit, code, fee = head.index("单位名称"), head.index("组织机构代码"), head.index("保障费用")
    assert [(row[unit], row[code], row[fee]) for row in rows] == [
        ("示例纺织厂", "D2143569X", 26), ("=1+1", "012345678", 52),
    ]  # fmt: skip
    await driver.stage_all(driver.street)
    content = await fetched(driver, "/lines/export", headers, list="staged", format="csv", unit_name="=1")
    _, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert row[unit] == "'=1+1"
    for stranger in (driver.reviewer(uuid4()), driver.reviewer(driver.district)):
        assert len(sheet(await fetched(driver, "/lines/export", stranger))) == 1
    async with driver.bench.database.read() as connection:
        acts = await connection.fetch(
            "SELECT detail FROM audit_log WHERE name = 'lines_exported' ORDER BY at DESC LIMIT 4"
        )
    assert {"list": "pending", "rows": 2, "format": "xlsx"} in [act["detail"] for act in acts]


@pytest.mark.row("D26")
async def test_people_submissions_and_the_city_share_are_files_within_the_callers_reach(driver: ReviewDriver):
    line = await driver.submitted(2)
    number = await driver.at_center()
    path = f"/lines/{line.line_id}/people/export"
    _, *people = sheet(await fetched(driver, path, driver.reviewer(driver.street)))
    assert sorted(row[1] for row in people) == ["张0", "张1"]
    assert {row[3] for row in people} == {"3101**********0000"}
    city = driver.bench.token(Role.MUNICIPAL, driver.city, "city")
    _, *shortened = sheet(await fetched(driver, path, city))
    assert {row[1] for row in shortened} == {"张*"}
    await driver.get(path, driver.reviewer(uuid4()), status=403)
    head, *rows = sheet(await fetched(driver, "/submissions/export", driver.reviewer(driver.district)))
    assert [row[head.index("批次编号")] for row in rows] == [number]
    assert len(sheet(await fetched(driver, "/submissions/export", driver.reviewer(uuid4())))) == 1
    head, *rows = sheet(await fetched(driver, "/reports/city-share/export", city, year="2024"))
    assert rows[0][head.index("市总统一划拨")] >= 26
    await driver.get("/reports/city-share/export", driver.reviewer(driver.district), status=403)


@pytest.mark.row("F245", "F234", "F221", "F235", "A26")
async def test_windows_buttons_and_warnings_have_the_manuals_words(driver: ReviewDriver):
    texts = await driver.get("/texts", driver.reviewer(driver.district))
    assert texts["titles"] | {"pending": 0} == {
        "menu_centralized": "集中参保审核", "menu_immediate": "即时参保审核", "review": "集中参保或即时参保",
        "pending": 0, "staged": "待提交参保列表", "submit_dialog": "提交参保批次确认", "city_share": "市总统一划拨统计",
    }  # fmt: skip
    buttons = {name: texts["buttons"][name] for name in ("stage", "unstage", "return", "submit_list", "cancel")}
    assert buttons == {
        "stage": "添加至待提交", "unstage": "移除", "return": "退回", "submit_list": "提交列表中的参保信息",
        "cancel": "取消",
    }  # fmt: skip
    assert texts["buttons"]["confirm_submission"] == "确认提交至职保中心"
    assert texts["messages"]["check_first"] == "请确认信息无误后提交!"
    sums = [texts["messages"][name] for name in ("totals", "total_fee", "city_share", "district_share", "unit_share")]
    assert sums == [
        "合计参保人数：{heads}人(会员卡参保人数{service_card}人，社保卡参保人数{social_security_card}人)",
        "保障费用：{yuan}元", "市总统一划拨：{yuan}元", "区局/各级工会缴费：{yuan}元", "基层单位缴费：{yuan}元",
    ]  # fmt: skip
    assert texts["options"]["channel"] == {"social_security_card": "社保卡参保", "service_card": "会员卡参保"}
    assert texts["options"]["any"] == {"": "全部"}
    assert [texts["filters"][f] for f in ("unit_name", "organization_code", "submitted", "superior", "plan")] == [
        "单位名称", "组织机构代码", "提交时间", "上级工会", "保障类型",
    ]  # fmt: skip
