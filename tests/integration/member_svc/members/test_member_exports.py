"""Lists are exported as files, have the manual's texts, and refuse unknown query parameters (D26, F047, F053)."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from integration.member_svc.handler import CITY, Handler
from unit.member_svc.workbooks import person, resident, workbook

from chassis.privacy import mask_number
from member_svc.domain.roster.headings import JOINED_ON, MOBILE, NAME, SERVICE_CARD, TAG

MALFORMED = "姓名应以汉字或字母开头，不能是公式、数字或符号，请填写证件上的姓名"
LISTS = (
    "/members",
    "/service-cards",
    "/members-without-card",
    "/card-batches",
    "/card-cancellations",
    "/imports",
    "/unions",
)


async def exported(handler: Handler, path: str, **params: str) -> list[tuple[Any, ...]]:
    answer = await handler.bench.client.get(path, params=params, headers=handler.headers())
    assert answer.status_code == 200, answer.text
    if params.get("format") == "csv":
        return [tuple(row) for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))]
    return list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))


@pytest.mark.row("D26", "F085", "F071", "F030")
async def test_member_lists_are_exported_masked_as_text_under_the_callers_scope_and_on_record(handler: Handler):
    rows = [
        person(1, **{TAG: "=1+1", JOINED_ON: "2020-01-31"}),
        person(2, **{SERVICE_CARD: "6223000011112222"}),
        person(3, **{NAME: "=1+1"}),
    ]
    done = await handler.bring_in(workbook(rows))
    head, first, second = await exported(handler, "/members/export")
    assert head == (
        "会员编号",
        "姓名",
        "证件类型",
        "证件号码",
        "单位名称",
        "会员标签",
        "会员服务卡",
        "入会日期",
        "审核中",
        "会员状态",
    )
    assert first[1:4] == ("张1", "身份证", mask_number(resident(1)))
    shown = dict(zip(head, first, strict=True))
    other_headings = ("会员标签", "会员服务卡", "入会日期", "审核中", "会员状态")
    assert [shown[heading] for heading in other_headings] == ["=1+1", "否", "2020-01-31", "否", "在册"]
    assert isinstance(first[0], str)
    assert first[0].startswith("007")
    assert (second[5], second[6]) == ("-", "是")
    text = await exported(handler, "/members/export", format="csv", sort="-member_no")
    assert [row[5] for row in text] == ["会员标签", "-", "'=1+1"]
    [_, card] = await exported(handler, "/service-cards/export")
    assert (card[1], card[4]) == ("张2", "6223********2222")
    report = await exported(handler, f"/imports/{done['import_id']}/rows/export", outcome="rejected")
    assert [row[1:] for row in report[1:]] == [(4, "=**1", mask_number(resident(3)), "不通过", "姓名", MALFORMED)]
    # The error file has the full name, and the cell is text there, too.
    errors = await handler.bench.client.get(f"/imports/{done['import_id']}/error-file", headers=handler.headers())
    name = openpyxl.load_workbook(io.BytesIO(errors.content)).worksheets[0]["A2"]
    assert (name.value, name.data_type) == ("=1+1", "s")
    found = await handler.bench.client.post(
        "/members/search/export", params={"format": "csv"}, json={"name": "张2"}, headers=handler.headers()
    )
    assert found.text.count("\n") == 2

    assert len(await exported(handler.elsewhere(), "/members/export")) == 1
    city = await handler.bench.client.get(
        "/members/export", params={"format": "csv"}, headers=handler.bench.token("municipal", CITY)
    )
    assert ("张1" in city.text, "张*" in city.text) == (False, True)
    async with handler.bench.database.read() as connection:
        acts = await connection.fetch(
            "SELECT name, account, detail FROM audit_log WHERE name LIKE '%export%' ORDER BY id"
        )
    assert [(act["name"], act["detail"]["rows"]) for act in acts] == [
        ("members_exported", 2),
        ("members_exported", 2),
        ("service_cards_exported", 1),
        ("import_report_exported", 1),
        ("members_exported", 1),
        ("members_exported", 0),
        ("members_exported", 2),
    ]


@pytest.mark.row("F070", "F032", "F042")
async def test_screens_get_the_manuals_words_and_the_columns_that_lists_have(handler: Handler):
    texts = await handler.get("/texts")
    assert [texts["titles"][name] for name in ("member_management", "members")] == ["会员管理", "会员信息"]
    cards = ("service_card_management", "service_cards", "members_without_card", "card_batches", "card_cancellations")
    assert [texts["titles"][name] for name in cards] == [
        "会员服务卡管理",
        "卡片信息管理",
        "待办会员列表",
        "办卡批次管理",
        "撤销办卡批次审核",
    ]
    assert texts["messages"]["empty_list"] == "没有找到匹配的记录"
    await handler.bring_in(workbook([person(1), person(2, **{SERVICE_CARD: "6223000011112222", MOBILE: None})]))
    for name, path in (("members", "/members"), ("service_cards", "/service-cards")):
        [*_, row] = (await handler.get(path))["items"]
        assert [column["field"] for column in texts["columns"][name] if column["field"] not in row] == []


async def test_every_list_has_pages_of_fifteen_a_sort_and_no_unknown_filter(handler: Handler):
    await handler.bring_in(workbook([person(n) for n in range(16)]))
    second = await handler.get("/members", page="2", sort="-member_no")
    assert (second["total"], second["page_size"], [m["name"] for m in second["items"]]) == (16, 15, ["张0"])
    for path in LISTS:
        for params, code in (({"sort": "secret"}, "SORT_UNKNOWN"), ({"nmae": "x"}, "UNKNOWN_PARAMETER")):
            answer = await handler.bench.client.get(path, params=params, headers=handler.headers())
            assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await handler.get(path))["page_size"] == 15
    reversed_days = await handler.bench.client.get(
        "/imports", params={"from": "2024-05-11", "to": "2024-05-10"}, headers=handler.headers()
    )
    assert reversed_days.json()["code"] == "RANGE_REVERSED"
    assert (await handler.get("/imports", **{"from": "2024-05-10", "to": "2024-05-10"}))["total"] == 1
    assert (await handler.get("/imports", **{"from": "2024-05-11"}))["total"] == 0
