"""The list 参保待确认名单: its rows, its prompt, and a confirmation that no later event undoes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, UNCLEAR, Someone, World, roster


async def dialog(world: World, state: str = "open", **query: Any) -> list[dict[str, Any]]:
    listed = await world.get("/confirmations", union_id=str(world.union), state=state, page_size=500, **query)
    return list(listed["items"])


async def unclear(world: World, people: list[Someone]) -> list[Someone]:
    await world.import_people(people)
    await world.verify(people, NORMAL, UNCLEAR)
    return people


async def confirm(world: World, **body: Any) -> Any:
    return await world.post("/confirmations", {"union_id": str(world.union), **body})


@pytest.mark.row("F151", "F155", "F156", "F157", "F158")
async def test_the_dialog_has_its_title_and_four_columns_filled(world: World):
    [one] = await unclear(world, [Someone("李某", "341122199001016755", "0070000001")])
    texts = await world.get("/texts")
    assert texts["titles"]["confirmations.centralized"] == "集中参保待确认名单"
    columns = texts["columns"]["confirmations"]
    assert [column["label"] for column in columns] == ["会员编号", "姓名", "证件号码", "操作"]
    [row] = await dialog(world)
    assert [row["cells"][column["field"]] for column in columns] == [
        one.member_no,
        "李某",
        "3411**********6755",
        "确认",
    ]


@pytest.mark.row("F167", "F159", "F161", "F158")
async def test_confirming_the_first_row_leaves_the_others_to_be_confirmed(world: World):
    people = await unclear(world, roster(3, prefix="34112219900101"))
    first = await confirm(world, member_ids=[str(people[0].member_id)])
    again = await confirm(world, member_ids=[str(people[0].member_id)])
    assert (first.json()["confirmed"], again.json()["confirmed"]) == (1, 0)
    assert [row["cells"]["operation"] for row in await dialog(world, "all")] == ["已确认", "确认", "确认"]
    assert [row["member_no"] for row in await dialog(world, "confirmed")] == [people[0].member_no]
    assert len(await dialog(world)) == (await world.counts())["to_confirm"] == 2


@pytest.mark.row("F159", "F161")
async def test_whoever_is_not_confirmed_is_told_why(world: World):
    waits, confirmed, employed, other = await unclear(world, roster(4))
    await confirm(world, member_ids=[str(confirmed.member_id)])
    await world.verify([employed], NORMAL, EMPLOYED)
    ticked = [str(one.member_id) for one in (waits, confirmed, employed, other)]
    answer = (await confirm(world, member_ids=ticked, filters={"member_no": waits.member_no})).json()
    assert (answer["confirmed"], {one["code"]: one["people"] for one in answer["left_out"]}) == (
        1,
        {"already_confirmed": 1, "not_to_confirm": 1, "filtered": 1},
    )
    assert all("请" in one["message"] or "无需" in one["message"] for one in answer["left_out"])
    everyone = (await confirm(world, all=True)).json()
    assert (everyone["confirmed"], everyone["left_out"]) == (1, [])


@pytest.mark.row("F152", "F153", "F154")
async def test_the_dialog_is_searched_by_number_name_and_member_number(world: World):
    people = await unclear(world, roster(3))
    wanted = people[1]
    for filters in ({"number": wanted.number}, {"name": wanted.name}, {"member_no": wanted.member_no}, {"number": ""}):
        body = {"union_id": str(world.union), "state": "all", **filters}
        found = (await world.post("/confirmations/search", body)).json()
        expected = [wanted] if any(filters.values()) else people
        assert [row["member_no"] for row in found["items"]] == [one.member_no for one in expected]
        assert found["total"] == len(expected)


@pytest.mark.row("F160", "F166", "A20")
async def test_confirm_all_prompts_with_how_many_are_past_the_age_of_retirement(world: World):
    world.bench.clock.instant = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
    people = [
        *roster(13, prefix="31010119900101"),
        Someone("王一", "310101196501150018", "0080000001"),
        Someone("王二", "310101197501150025", "0080000002"),
        Someone("王三", "310101195001150026", "0080000003"),
    ]
    employed = Someone("王四", "310101195001150042", "0080000004")
    await unclear(world, people)
    await world.import_people([employed])
    await world.verify([employed], NORMAL, EMPLOYED)
    page = await world.get("/confirmations", union_id=str(world.union))
    assert (page["total"], len(page["items"])) == (16, 15)
    prompt = (await world.post("/confirmations/prompt", {"union_id": str(world.union)})).json()
    assert (prompt["people"], prompt["of_retirement_age"], prompt["maybe_of_retirement_age"]) == (16, 2, 1)
    assert prompt["text"] == "将确认16人的就业状态，其中2人已达、1人可能已达法定退休年龄。"
    assert "已确认的会员自动加入即时参保名单且无法移除" in prompt["warnings"]
    marks = {row["member_no"]: row["retirement"] for row in await dialog(world)}
    assert marks["0080000001"] == {"code": "reached", "label": "已达法定退休年龄"}
    assert [mark for number, mark in marks.items() if number.startswith("007")] == [None] * 13
    [ready] = await world.tab("ready")
    assert (ready["member_no"], ready["retirement"]) == (employed.member_no, None)
    stale = await confirm(world, all=True, expected_people=15)
    assert (stale.status_code, stale.json()["code"]) == (409, "LIST_CHANGED")
    assert (await confirm(world, all=True, expected_people=16)).json() == {
        "confirmed": 16,
        "ready": 16,
        "open": 0,
        "left_out": [],
    }
    assert (await confirm(world, all=True)).json()["confirmed"] == 0


@pytest.mark.row("F162", "A43", "A08", "F164")
async def test_no_request_undoes_a_confirmation_and_a_new_registry_answer_only_marks_it(world: World):
    await world.set_rates()
    [one] = await unclear(world, roster(1))
    await confirm(world, all=True)
    for method in ("DELETE", "PUT", "PATCH"):
        for path in ("/confirmations", f"/confirmations/{one.member_id}"):
            answer = await world.bench.client.request(method, path, headers=world.bench.token("handler", world.union))
            assert answer.status_code in (404, 405)
    await world.verify([one], NORMAL, UNCLEAR, employment_raw="42")
    [row] = await world.tab("ready")
    assert (row["confirmed"], row["changed_after_confirmation"]) == (True, True)
    assert (await world.counts())["changed_after_confirmation"] == 1
    batch = (await world.submit(member_ids=[str(one.member_id)])).json()
    await world.return_line(batch["batch_no"], batch["lines"][0])
    [row] = await world.tab("ready")
    assert row["confirmed"] is True


@pytest.mark.row("A43", "A46")
async def test_a_confirmation_is_of_the_person_by_the_union_in_whichever_enterprise(world: World):
    second, elsewhere, far_unit = uuid4(), uuid4(), uuid4()
    await world.add_grassroots(world.union, [world.unit, second])
    await world.add_grassroots(elsewhere, [far_unit], "张江工会委员会")
    [one] = await unclear(world, roster(1))
    await confirm(world, all=True)
    for union, unit, number in ((world.union, second, "0090000001"), (elsewhere, far_unit, "0090000002")):
        twin = Someone(one.name, one.number, number)
        await world.import_people([twin], union=union, unit=unit)
        await world.verify([twin], NORMAL, UNCLEAR, union=union, unit=unit)
    assert [row["member_no"] for row in await world.tab("ready")] == [one.member_no, "0090000001"]
    assert (await world.counts(elsewhere))["to_confirm"] == 1
    await world.remove_people([one])
    assert [row["member_no"] for row in await world.tab("ready")] == ["0090000001"]


@pytest.mark.row("A43", "D27")
async def test_a_confirmation_ends_at_midnight_of_the_years_end(world: World):
    world.bench.clock.instant = datetime.fromisoformat("2024-12-30T23:59:58+08:00")
    await unclear(world, roster(1))
    await confirm(world, all=True)
    world.bench.clock.instant = datetime.fromisoformat("2024-12-31T23:59:59+08:00")
    assert [(await world.counts())[name] for name in ("year", "to_confirm", "ready")] == [2024, 0, 1]
    world.bench.clock.instant += timedelta(seconds=1)
    assert [(await world.counts())[name] for name in ("year", "to_confirm", "ready")] == [2025, 1, 0]
