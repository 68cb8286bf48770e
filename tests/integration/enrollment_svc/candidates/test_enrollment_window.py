"""The window of immediate enrollment: its texts, its header, its two tabs and their rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from integration.enrollment_svc.enrollment_world import (
    EMPLOYED,
    NORMAL,
    RETIRED,
    SEALED,
    UNCLEAR,
    Someone,
    World,
    roster,
)

from chassis.web import pager_text
from contracts.words import CardStatus, EmploymentStatus

SSC = "social_security_card"
TEN_COLUMNS = [
    "☐",
    "姓名",
    "证件类型",
    "证件号码",
    "社保卡状态",
    "就业状态",
    "会员标签",
    "起保日期",
    "终保日期",
    "半年/全年",
]


async def words(world: World) -> dict[str, Any]:
    found: dict[str, Any] = await world.get("/texts")
    return found


async def numbers(world: World, tab: str, **query: Any) -> list[str]:
    return [row["member_no"] for row in await world.tab(tab, **query)]


async def answered(world: World, people: Sequence[Someone], *answers: tuple[Any, Any]) -> None:
    for one, (card, employment) in zip(people, answers, strict=True):
        await world.verify([one], card, employment)


@pytest.mark.row("F089", "F090", "F091", "A09", "A27")
async def test_the_window_its_tabs_and_the_dialog_have_the_manuals_titles_and_ten_columns(world: World):
    texts = await words(world)
    assert texts["titles"]["menu.social_security_card"] == "社保卡参保信息管理"
    assert texts["buttons"]["immediate_enrollment"] == "即时参保办理"
    assert (await world.counts())["title"] == "参保确认画面-即时参保办理"
    assert texts["titles"]["confirmations.immediate"] == "即时参保待确认名单"
    assert texts["titles"]["confirmations.centralized"] == "集中参保待确认名单"
    assert texts["buttons"]["confirmations"] == "参保待确认名单"
    for tab in ("to_verify", "ready"):
        assert [column["label"] for column in texts["columns"][tab]] == TEN_COLUMNS
    for path, body in (("/checks", {}), ("/confirmations", {"all": True})):
        headers = world.bench.token("reviewer", world.district)
        answer = await world.bench.client.post(path, headers=headers, json={"union_id": str(world.union), **body})
        assert answer.status_code == 403


@pytest.mark.row("F099", "F101", "F163", "F172", "F171")
async def test_hints_banner_and_warnings_are_the_manuals_sentences(world: World):
    messages = (await words(world))["messages"]
    assert messages["check.hint"] == "点击后：进入后台校验；如果校验数据量太多，请一个工作日后查看校验结果！"
    assert messages["check.banner"] == "校验中，请一个工作日后进行查看！！"
    assert messages["check.moved"] == "数据校验成功后，职工信息会自动归到【待提交】列表等待经办人提交参保。"
    assert messages["confirmations.warning"] == "请仔细核对会员状态后再点击“确认”按钮"
    assert messages["plan.one"] == "同一保障年度只能选择一个保障类型。"
    assert "请确认选择的保障类型是否准确" in messages["plan.check"]
    people = roster(3)
    await world.import_people(people)
    await world.verify(people[:2], NORMAL, UNCLEAR)
    counts = await world.counts()
    assert counts["check"]["banner"] == messages["check.banner"]
    assert messages["check.hint"] in counts["hints"]
    assert counts["to_confirm"] == 2


@pytest.mark.row("F136", "F137", "F145", "F146", "F147")
async def test_thirty_one_people_cost_806_403_403_and_nothing(world: World):
    await world.set_rates()
    people = await world.ready_people(31)
    others = roster(26, prefix="31010119900202")
    for number, one in enumerate(others):
        one.member_no = f"008{number:06d}"
    await world.import_people(others)
    await world.verify(others, SEALED, EMPLOYED)
    counts = await world.counts(channel=SSC, plan="A")
    assert (counts["ready"], counts["to_verify"], counts["candidates"]) == (31, 26, 57)
    assert counts["ready"] == len(await world.tab("ready")) == len(people)
    assert counts["to_verify"] == len(await world.tab("to_verify"))
    assert counts["fee"] == {"total_fen": 80600, "city_fen": 40300, "district_fen": 40300, "unit_fen": 0}


@pytest.mark.row("F144", "F148", "A11", "F169", "F168")
async def test_money_is_that_of_all_of_ready_whatever_is_filtered_and_the_plan_is_chosen_first(world: World):
    await world.set_rates()
    await world.set_rates("B")
    await world.ready_people(2)
    without = await world.counts(channel=SSC)
    assert (without["plan"], without["fee"], without["year"]) == (None, None, 2024)
    assert [choice["plan"] for choice in without["choices"]] == ["A", "B"]
    chosen = without["choices"][0]
    assert (chosen["plan_name"], chosen["rate"]["total_fen"]) == ("A类会员专享基本保障", 2600)
    assert without["labels"]["year"] == "保障年度"
    fee = (await world.counts(channel=SSC, plan="A"))["fee"]
    assert fee == {"total_fen": 5200, "city_fen": 2600, "district_fen": 2600, "unit_fen": 0}
    assert fee["city_fen"] + fee["district_fen"] + fee["unit_fen"] == fee["total_fen"]


@pytest.mark.row("F170", "F168", "F143", "F164", "F105")
async def test_the_first_submission_fixes_the_plan_and_people_to_verify_are_refused_until_checked(world: World):
    await world.set_rates()
    await world.set_rates("B")
    people = roster(3)
    await world.import_people(people)
    await answered(world, people, (SEALED, EMPLOYED), (NORMAL, UNCLEAR), (NORMAL, EMPLOYED))
    refused = await world.submit(member_ids=[str(people[0].member_id)])
    assert refused.status_code in (409, 422)
    assert (await world.get("/batches", union_id=str(world.union)))["total"] == 0
    assert (await world.submit(member_ids=[str(people[2].member_id)])).status_code == 201
    header = await world.counts()
    assert (header["plan"], header["plan_locked"]) == ("A", True)
    assert [choice["plan"] for choice in header["choices"]] == ["A"]
    await world.post("/checks", {"union_id": str(world.union)})
    await world.verify(people[:1], NORMAL, EMPLOYED)
    other = await world.submit(member_ids=[str(people[0].member_id)], plan="B")
    assert (other.status_code, other.json()["message"]) == (409, "同一保障年度只能选择一个保障类型。")
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    both = await world.submit(member_ids=[str(one.member_id) for one in people[:2]])
    assert (both.status_code, both.json()["heads"]) == (201, 2)


@pytest.mark.row("F108", "F109", "F110", "F111", "F112")
async def test_an_abnormal_card_keeps_an_employed_person_in_to_verify(world: World):
    people = roster(5)
    await world.import_people(people)
    abnormal = [card for card in CardStatus if card is not NORMAL]
    await answered(world, people, *[(card, EMPLOYED) for card in abnormal])
    rows = {row["member_no"]: row for row in await world.tab("to_verify")}
    assert [rows[one.member_no]["card_status"]["label"] for one in people] == ["封存", "挂失", "锁定", "注销", "不明确"]
    assert await world.tab("ready") == []


@pytest.mark.row("F103", "F104", "F107", "F113", "F127")
async def test_only_a_normal_card_passes_and_not_obtained_is_another_thing_than_unclear(world: World):
    people = roster(3)
    await world.import_people(people)
    await answered(world, people, (NORMAL, EMPLOYED), (None, EMPLOYED), (CardStatus.UNCLEAR, EMPLOYED))
    assert await numbers(world, "ready") == [people[0].member_no]
    nothing, unclear = await world.tab("to_verify")
    assert (nothing["card_status"], nothing["cells"]["card_status"]) == (None, "-")
    assert (unclear["card_status"]["code"], unclear["cells"]["card_status"]) == ("unclear", "不明确")
    assert (await world.tab("ready"))[0]["cells"]["card_status"] == "正常"
    assert set((await words(world))["options"]["card_status"].values()) == {
        "-",
        "正常",
        "封存",
        "挂失",
        "锁定",
        "注销",
        "不明确",
    }


@pytest.mark.row("F114", "F128", "F100", "A05", "A06")
async def test_people_move_by_themselves_once_their_statuses_become_normal(world: World):
    people = roster(3)
    job = await world.import_people(people)
    await world.verify(people, NORMAL, None, job=job)
    assert [row["cells"]["employment_status"] for row in await world.tab("to_verify")] == ["-", "-", "-"]
    click = await world.post("/checks", {"union_id": str(world.union)})
    assert click.json()["check"]["people"] == 3
    await answered(world, people[:2], (NORMAL, EMPLOYED), (NORMAL, UNCLEAR))
    assert [row["cells"]["employment_status"] for row in await world.tab("ready")] == ["在职"]
    assert [row["cells"]["employment_status"] for row in await world.tab("to_verify")] == ["不明确", "-"]


@pytest.mark.row("F116", "F117", "F138", "F139", "F141")
async def test_the_numbers_of_the_retired_and_deceased_open_lists_of_that_length(world: World):
    people = await world.ready_people(5)
    await world.verify(people[:2], NORMAL, RETIRED)
    await world.verify(people[2:3], NORMAL, EmploymentStatus.DECEASED)
    await world.verify(people[3:4], NORMAL, UNCLEAR)
    counts = await world.counts()
    retired, deceased = await world.tab("retired"), await world.tab("deceased")
    assert (counts["retired"], counts["deceased"], counts["to_confirm"]) == (len(retired), len(deceased), 1)
    assert [row["member_id"] for row in deceased] == [str(people[2].member_id)]
    assert (await world.get("/confirmations", union_id=str(world.union)))["total"] == counts["to_confirm"]
    assert await numbers(world, "ready") == [people[4].member_no]
    assert await numbers(world, "to_verify") == [people[3].member_no]
    texts = await words(world)
    assert texts["messages"]["counts.open"] == "可点击下划线查看具体人员"


@pytest.mark.row("F142", "F118", "F120")
async def test_excluded_rows_lead_to_member_management_and_unclear_ones_to_the_confirmation_list(world: World):
    people = await world.ready_people(2)
    await answered(world, people, (NORMAL, RETIRED), (NORMAL, UNCLEAR))
    [retired] = await world.tab("retired")
    assert retired["links"] == [{"code": "members", "label": "会员管理"}]
    deleted = await world.bench.client.delete(
        f"/candidates/{people[0].member_id}", headers=world.bench.token("handler", world.union)
    )
    assert deleted.status_code in (404, 405)
    [unclear] = await world.tab("to_verify")
    assert unclear["links"] == [{"code": "confirmations", "label": "参保待确认名单"}]
    assert (await words(world))["messages"]["counts.delete"] == "若要删除可在“会员管理”删除"


@pytest.mark.row("F122", "F152", "F153", "F154")
async def test_filters_leave_exactly_the_matching_rows_of_the_tab_in_hand(world: World):
    people = roster(4)
    await world.import_people(people)
    await answered(world, people, (SEALED, EMPLOYED), (NORMAL, None), (None, EMPLOYED), (NORMAL, EMPLOYED))
    assert (await words(world))["filters"]["card_status"] == "请选择社保卡状态"
    assert await numbers(world, "to_verify", card_status="sealed") == [people[0].member_no]
    assert await numbers(world, "to_verify", card_status="normal") == [people[1].member_no]
    assert await numbers(world, "to_verify", card_status="-") == [people[2].member_no]
    assert await numbers(world, "to_verify", employment_status="-") == [people[1].member_no]
    assert await numbers(world, "ready", card_status="sealed") == []
    assert len(await world.tab("to_verify")) == 3
    full_width = people[1].number.translate({ord("0") + n: ord("０") + n for n in range(10)})
    for filters in ({"number": full_width}, {"name": people[1].name}, {"member_no": people[1].member_no}):
        found = await world.post("/candidates/search", {"union_id": str(world.union), "tab": "to_verify", **filters})
        assert [row["member_no"] for row in found.json()["items"]] == [people[1].member_no]
    misspelt = await world.bench.client.get(
        "/candidates",
        headers=world.bench.token("handler", world.union),
        params={"union_id": str(world.union), "card": "sealed"},
    )
    assert misspelt.json()["code"] == "UNKNOWN_PARAMETER"


@pytest.mark.row("F123", "F166")
async def test_ticks_survive_paging_and_all_pages_can_be_ticked_under_the_filters(world: World):
    await world.set_rates()
    people = await world.ready_people(16)
    first = await world.get("/candidates", union_id=str(world.union))
    second = await world.get("/candidates", union_id=str(world.union), page=2)
    assert (first["total"], len(first["items"]), len(second["items"])) == (16, 15, 1)
    assert pager_text(1, first["total"]) == "显示第 1 到第 15 条记录，总共 16 条记录"
    tab = {"union_id": str(world.union), "tab": "ready"}
    everybody = (await world.post("/candidates/selection", tab)).json()
    assert everybody["member_ids"] == [str(one.member_id) for one in people]
    filtered = (await world.post("/candidates/selection", tab | {"member_no": people[15].member_no})).json()
    assert filtered == {"people": 1, "member_ids": [str(people[15].member_id)]}
    ticked = [first["items"][0]["member_id"], second["items"][0]["member_id"]]
    submitted = await world.submit(member_ids=ticked)
    assert (submitted.status_code, submitted.json()["heads"]) == (201, 2)
    assert (await world.counts())["ready"] == 14


@pytest.mark.row("F124", "F125", "F126", "F129")
async def test_every_column_of_a_row_is_filled_and_a_missing_tag_is_a_dash(world: World):
    people = roster(2)
    people[0].tag = "劳模"
    await world.import_people(people)
    await world.verify(people)
    tagged, plain = await world.tab("ready")
    fields = [column["field"] for column in (await words(world))["columns"]["ready"][1:]]
    assert all(tagged["cells"][name] not in ("", "-") for name in fields)
    assert (tagged["cells"]["tag"], plain["cells"]["tag"], plain["tag"]) == ("劳模", "-", None)
    assert (plain["cells"]["name"], plain["cells"]["document_type"]) == (people[1].name, "身份证")
    assert plain["cells"]["masked_number"] == people[1].number[:4] + "*" * 10 + people[1].number[-4:]


@pytest.mark.row("F133", "F134", "F135")
async def test_the_manuals_three_example_rows_read_as_printed(world: World):
    people = [
        Someone("周某某", "362521199001011235", "0070000001"),
        Someone("周某", "431121199001016055", "0070000002"),
        Someone("丁某", "411321199001010000", "0070000003"),
    ]
    await world.import_people(people)
    await answered(world, people, (SEALED, EMPLOYED), (None, EMPLOYED), (NORMAL, EMPLOYED))
    dates = ["2024-05-11", "2024-12-31", "全年"]
    shown = [
        [row["cells"][column["field"]] for column in (await words(world))["columns"][tab][1:]]
        for tab in ("to_verify", "ready")
        for row in await world.tab(tab)
    ]
    assert shown == [
        ["周某某", "身份证", "3625**********1235", "封存", "在职", "-", *dates],
        ["周某", "身份证", "4311**********6055", "-", "在职", "-", *dates],
        ["丁某", "身份证", "4113**********0000", "正常", "在职", "-", *dates],
    ]


@pytest.mark.row("F130", "F131", "F132", "D27")
async def test_dates_are_a_preview_of_a_submission_made_this_second(world: World):
    await world.ready_people(1)
    for now, start, term in (
        ("2024-05-10T23:59:59", "2024-05-11", "全年"),
        ("2024-05-11T00:00:00", "2024-05-12", "全年"),
        ("2024-06-29T23:59:59", "2024-06-30", "全年"),
        ("2024-06-30T00:00:00", "2024-07-01", "半年"),
        ("2024-12-30T23:59:59", "2024-12-31", "半年"),
        ("2024-12-31T00:00:00", "-", "-"),
    ):
        world.bench.clock.instant = datetime.fromisoformat(f"{now}+08:00")
        [row] = await world.tab("ready", year=2024)
        end = "-" if start == "-" else "2024-12-31"
        assert [row["cells"][name] for name in ("start_on", "end_on", "term")] == [start, end, term], now


@pytest.mark.row("D13", "A45", "D14")
async def test_a_status_shows_source_time_and_raw_code_and_grows_stale_in_its_tab(world: World):
    people = roster(2)
    await world.import_people(people)
    await world.verify(people[:1], NORMAL, EMPLOYED, card_raw="1", employment_raw="10")
    await world.verify(people[1:], CardStatus.UNCLEAR, EMPLOYED, card_raw="99", employment_raw="10")
    [row], [unknown] = await world.tab("ready"), await world.tab("to_verify")
    assert (row["card_raw"], row["card_source"], row["employment_raw"]) == ("1", "test", "10")
    assert row["card_checked_at"] == "2024-05-10T12:00:00+08:00"
    assert (unknown["card_status"]["code"], unknown["card_raw"]) == ("unclear", "99")
    world.bench.clock.instant += timedelta(days=30)
    [still_good] = await world.tab("ready")
    assert (still_good["stale"], still_good["cells"]["note"]) == (False, "-")
    world.bench.clock.instant += timedelta(seconds=1)
    [stale] = await world.tab("ready")
    assert (stale["stale"], stale["cells"]["note"]) == (True, "已过期")


async def test_lists_are_sorted_by_the_columns_that_can_be(world: World):
    people = roster(3)
    await world.import_people(people)
    await answered(world, people, (SEALED, None), (CardStatus.LOCKED, None), (None, EMPLOYED))
    by_card = await world.tab("to_verify", sort="-card_status")
    assert [row["cells"]["card_status"] for row in by_card] == ["-", "封存", "锁定"]
    refused = await world.bench.client.get(
        "/candidates",
        headers=world.bench.token("handler", world.union),
        params={"union_id": str(world.union), "sort": "sealed"},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "SORT_UNKNOWN")
