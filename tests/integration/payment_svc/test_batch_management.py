"""The screen 参保批次管理: the list, its columns, filters, order, sums, file and drill-down (F252–F262, A12, A23)."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from chassis.domain import SHANGHAI
from contracts.fields import Part
from contracts.reviews import SubmissionLine, SubmittedToCenter
from contracts.words import EnrollmentType


def numbers(page: dict[str, Any]) -> list[str]:
    return [item["submission_no"] for item in page["items"]]


def labels(texts: dict[str, Any], name: str) -> dict[str, str]:
    return {column["field"]: column["label"] for column in texts["columns"][name]}


@pytest.mark.row("F255", "F256", "F257", "F258", "F259")
async def test_columns_are_headed_as_in_the_manual_and_filled(driver: Any) -> None:
    await driver.bench.deliver(driver.submitted("CB202405109300"))
    driver.bench.clock.instant += timedelta(hours=1)
    await driver.bench.deliver(driver.confirmed("CB202405109300"))
    shown = labels(await driver.get("/texts"), "dues")
    assert [shown[name] for name in ("submission_no", "heads", "submitted_at", "updated_at", "state")] == [
        "批次编号",
        "参保人数",
        "提交时间",
        "最后更新时间",
        "状态",
    ]
    [row] = (await driver.get("/dues"))["items"]
    assert set(shown) <= set(row)
    assert (row["submission_no"], row["heads"]) == ("CB202405109300", 3)
    assert (row["submitted_at"], row["updated_at"]) == ("2024-05-10T12:00:00+08:00", "2024-05-10T13:00:00+08:00")
    assert row["state"] == {"code": "payable", "label": "待缴费"}


@pytest.mark.row("F260", "F261", "F247", "A24")
async def test_upload_and_feedback_set_their_times(driver: Any) -> None:
    number = await driver.payable("CB202405109301")
    shown = labels(await driver.get("/texts"), "dues")
    assert (shown["voucher_at"], shown["feedback_at"]) == ("凭证上传时间", "职保中心反馈时间")
    assert ((await driver.due(number))["voucher_at"], (await driver.due(number))["feedback_at"]) == (None, None)
    driver.bench.clock.instant += timedelta(hours=1)
    voucher_id = (await driver.upload(number, amount_fen=3900)).json()["voucher_id"]
    due = await driver.due(number)
    assert (due["confirmed_at"], due["voucher_at"]) == ("2024-05-10T12:00:00+08:00", "2024-05-10T13:00:00+08:00")
    assert (due["feedback_at"], due["state"]["label"]) == (None, "凭证已上传")
    await driver.decide(voucher_id, "accepted", reason="已到账")
    due = await driver.due(number)
    assert (due["feedback_at"], due["confirmed_at"]) == ("2024-05-10T14:00:00+08:00", "2024-05-10T12:00:00+08:00")
    voucher = await driver.get(f"/vouchers/{voucher_id}")
    assert (voucher["decided_at"], voucher["decision_reason"]) == ("2024-05-10T14:00:00+08:00", "已到账")


@pytest.mark.row("F252", "F262", "F043")
async def test_numbers_of_other_years_are_listed_with_their_times(driver: Any) -> None:
    driver.bench.clock.instant = datetime(2022, 8, 9, 10, 24, tzinfo=SHANGHAI)
    await driver.payable("CB202208099001", year=2022)
    driver.bench.clock.instant = datetime(2024, 5, 10, 12, 0, tzinfo=SHANGHAI)
    await driver.payable("CB202405109302")
    page = await driver.get("/dues")
    assert numbers(page) == ["CB202405109302", "CB202208099001"]
    assert page["items"][1]["submitted_at"] == "2022-08-09T10:24:00+08:00"
    assert (page["total"], page["page_size"]) == (2, 15)
    assert numbers(await driver.get("/dues", submission_no="CB2022080")) == ["CB202208099001"]
    assert numbers(await driver.get("/dues", year=2022)) == ["CB202208099001"]
    texts = await driver.get("/texts")
    assert texts["titles"]["dues"] == "参保批次管理"
    assert (texts["buttons"]["vouchers"], texts["buttons"]["search"]) == ("缴费凭证管理", "搜索")


@pytest.mark.row("F253", "D27")
async def test_filters_find_one_of_three_and_cleared_all_three(driver: Any) -> None:
    midnight = datetime(2024, 5, 10, 0, 0, tzinfo=SHANGHAI)
    for number, at in (
        ("CB202405109303", midnight - timedelta(seconds=1)),
        ("CB202405109304", midnight),
        ("CB202405109305", midnight + timedelta(days=1)),
    ):
        driver.bench.clock.instant = at
        await driver.payable(number)
    on_the_day = {"from": "2024-05-10", "to": "2024-05-10"}
    for params in (
        {"submission_no": "9304"},
        {"submission_no": "cb202405099304"},
        {"submission_no": " CB20240509930 "} | on_the_day,
        on_the_day,
    ):
        page = await driver.get("/dues", **params)
        assert (page["total"], numbers(page)) == (1, ["CB202405109304"])
    assert (await driver.get("/dues"))["total"] == 3
    both = await driver.get("/dues", submission_no="9303", **on_the_day)
    assert (both["total"], both["items"]) == (0, [])
    assert (await driver.get("/dues", submission_no="%"))["total"] == 0
    texts = await driver.get("/texts")
    assert [texts["filters"][name] for name in ("submission_no", "confirmed", "to")] == ["批次编号", "确认时间", "至"]
    client, headers = driver.bench.client, driver.reviewer()
    backwards = await client.get("/dues", params={"from": "2024-05-11", "to": "2024-05-10"}, headers=headers)
    assert (backwards.status_code, backwards.json()["code"]) == (422, "RANGE_REVERSED")
    misspelt = await client.get("/dues", params={"submision_no": "1"}, headers=headers)
    assert (misspelt.status_code, misspelt.json()["code"]) == (422, "UNKNOWN_PARAMETER")


async def test_lists_have_the_requested_order_and_the_sums_of_all_pages(driver: Any) -> None:
    for number, heads in (("CB202405109306", 2), ("CB202405109307", 3), ("CB202405109308", 1)):
        await driver.payable(number, heads=heads)
    assert numbers(await driver.get("/dues", sort="heads")) == ["CB202405109308", "CB202405109306", "CB202405109307"]
    assert numbers(await driver.get("/dues", sort="-heads", page_size=1, page=2)) == ["CB202405109306"]
    totals = await driver.get("/dues/totals")
    assert (totals["submissions"], totals["heads"], totals["due_fen"], totals["city_fen"]) == (3, 6, 7800, 7800)
    assert (await driver.get("/dues/totals", submission_no="9308"))["heads"] == 1
    unknown = await driver.bench.client.get("/dues", params={"sort": "1;DROP TABLE dues"}, headers=driver.reviewer())
    assert (unknown.status_code, unknown.json()["code"]) == (422, "SORT_UNKNOWN")


@pytest.mark.row("A23", "A12", "A53")
async def test_submission_leads_to_the_unit_batches_in_it(driver: Any) -> None:
    submission = driver.submitted("CB202405109309")
    rejected_line = SubmissionLine(
        batch_no="CB202405090077",
        line_id=uuid4(),
        union_id=uuid4(),
        unit_id=uuid4(),
        heads=1,
        fee=submission.lines[0].fee,
    )
    submitted = SubmittedToCenter.model_validate(
        submission.model_dump() | {"lines": [*submission.lines, rejected_line], "part": Part(index=0, count=1)}
    )
    await driver.bench.deliver(submitted, driver.rejected("CB202405109309", rejected_line.line_id))
    assert numbers(await driver.get("/dues", submission_no="CB202405090077")) == ["CB202405109309"]
    assert (await driver.get("/dues/CB202405109309"))["submission_no"] == "CB202405109309"
    page = await driver.get("/dues/CB202405109309/batches", sort="-batch_no")
    assert page["total"] == 2
    first, second = page["items"]
    assert (first["batch_no"], first["unit_name"], first["rejected"]) == ("CB202405099309", "示例公司", False)
    assert (first["union_name"], first["heads"], first["district_fen"]) == ("示例公司工会委员会", 3, 3900)
    assert (second["batch_no"], second["unit_name"], second["rejected"]) == ("CB202405090077", None, True)
    for path in ("/dues/CB202405109309", "/dues/CB202405109309/batches", "/dues/CB000000000000"):
        for scope in (driver.neighbor_id, driver.street_id):
            stranger = driver.bench.token("reviewer", scope)
            assert (await driver.bench.client.get(path, headers=stranger)).status_code == 403


@pytest.mark.row("D26")
async def test_lists_are_exported_as_they_are_filtered_and_under_the_callers_scope(driver: Any) -> None:
    number = await driver.payable("CB202405109310", kind=EnrollmentType.CENTRALIZED)
    await driver.payable("CB202405109311", union_id=driver.neighbor_id)
    await driver.upload(number, amount_fen=4000, reason="=1+1", name="=五月.jpg")
    client, headers = driver.bench.client, driver.reviewer()
    answer = await client.get("/dues/export", params={"submission_no": "931"}, headers=headers)
    head, row = list(openpyxl.load_workbook(BytesIO(answer.content)).active.values)
    shown = dict(zip(head, row, strict=True))
    assert (shown["批次编号"], shown["参保人数"], shown["应缴金额"]) == (number, 3, 39)
    assert (shown["批次来源"], shown["状态"], shown["凭证上传时间"]) == ("集中参保", "凭证已上传", "2024-05-10 12:00")
    text = (await client.get("/vouchers/export", params={"format": "csv"}, headers=headers)).content.decode("utf-8-sig")
    assert '"\'=五月.jpg","2024-05-10 12:00","=""CB202405109310""","40","39","1","金额不符","\'=1+1"' in text
    async with driver.bench.database.read() as connection:
        acts = await connection.fetch("SELECT name, detail FROM audit_log WHERE name LIKE '%_exported' ORDER BY id")
    assert [(act["name"], act["detail"]["rows"]) for act in acts] == [("dues_exported", 1), ("vouchers_exported", 1)]
    stranger = driver.bench.token("handler", driver.union_id)
    assert (await client.get("/dues/export", headers=stranger)).status_code == 403
