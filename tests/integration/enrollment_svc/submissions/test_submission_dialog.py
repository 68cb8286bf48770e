"""What a handler sees before 确定: the dialog, the steps, and the people who are new or missing since last time."""

from datetime import timedelta
from uuid import uuid4

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

from contracts.enrollments import BatchSubmitted


def request_body(world: World, **body: object) -> dict[str, object]:
    return {
        "union_id": str(world.union),
        "enrollment_type": "immediate",
        "channel": "social_security_card",
        "plan": "A",
        **body,
    }


async def current_step(world: World) -> str:
    steps = (await world.get("/steps", union_id=str(world.union)))["items"]
    assert [one["step"]["label"] for one in steps] == ["获取状态", "待确认名单", "待校验", "待提交", "提交至上级审核"]
    [current] = [one["step"]["label"] for one in steps if one["current"]]
    return str(current)


@pytest.mark.row("F177", "F179", "F203", "A11", "A30")
async def test_the_dialog_says_plan_count_and_money_and_changes_nothing(world: World):
    await world.set_rates()
    await world.import_people(people := roster(4))
    assert await current_step(world) == "获取状态"
    await world.verify(people[:3])
    await world.verify(people[3:], SEALED, EMPLOYED)
    assert await current_step(world) == "待提交"
    ticked = [str(one.member_id) for one in people]
    shown = (await world.post("/submissions/preview", request_body(world, member_ids=ticked))).json()
    assert shown["title"] == "信息"
    assert shown["text"] == ("您选择的保障类型为：A类会员专享基本保障 请确认无误后再提交！确认将已勾选人员，提交参保？")
    assert shown["counted"] == "已勾选4人，其中1人不能提交，将提交3人，保障费用78元"
    assert (shown["heads"], shown["heads_to_submit"]) == (4, 3)
    assert (shown["fee"]["total_fen"], shown["start_on"]) == (7800, "2024-05-11")
    assert [one["code"] for one in shown["refused"]] == ["NOT_READY"]
    empty = await world.post("/submissions/preview", request_body(world))
    assert (empty.status_code, empty.json()["message"]) == (422, "请在【待提交】中勾选要参保的人员!")
    # The handler clicks 取消: no state has changed.
    assert (await world.get("/batches"))["total"] == 0
    assert len(await world.tab("ready")) == 3
    assert await world.published(BatchSubmitted) == []
    assert (await world.get("/rates"))["items"][0]["sealed"] is False
    answer = await world.submit(all=True, expected_total_fen=shown["fee"]["total_fen"])
    assert answer.json()["heads"] == 3
    assert await current_step(world) == "待校验"
    federation, unit = uuid4(), uuid4()
    await world.add_union(federation, "federation", "工会联合会", [world.city, world.district], [unit])
    for closed in (
        await world.submit(union=federation, all=True),
        await world.post(
            "/submissions/preview", request_body(world, union_id=str(federation), all=True), union=federation
        ),
    ):
        assert (closed.status_code, closed.json()["code"]) == (403, "UNSUPPORTED_UNION_TYPE")


@pytest.mark.row("A49")
async def test_the_selection_is_compared_with_last_time_and_with_last_year(world: World):
    await world.set_rates()
    await world.set_rates(year=2025)
    people = await world.ready_people(6)
    batch = (await world.submit(all=True)).json()
    await world.return_line(batch["batch_no"], batch["lines"][0])
    [newcomer] = await world.ready_people(1, prefix="31010119920202")
    await world.remove_people([people[0]])
    await world.verify([people[1]], NORMAL, RETIRED)
    people[2].has_service_card = True
    await world.change_people([people[2]])
    ticked = [str(one.member_id) for one in (people[4], people[5], newcomer)]
    shown = (await world.post("/submissions/difference", request_body(world, member_ids=ticked))).json()
    assert (shown["batch_no"], shown["new"], shown["kept"], shown["missing"]) == (batch["batch_no"], 1, 2, 4)
    why = {one["member_no"]: (one["why"] or {}).get("code") for one in shown["changes"]["items"]}
    assert why == {
        people[0].member_no: "NO_MEMBER",
        people[1].member_no: "RETIRED",
        people[2].member_no: "OTHER_CHANNEL",
        people[3].member_no: "NOT_TICKED",
        newcomer.member_no: None,
    }
    assert all(one["next_step"] for one in shown["changes"]["items"] if one["change"]["code"] == "missing")
    assert all("*" in one["masked_number"] for one in shown["changes"]["items"])
    again = (await world.submit(member_ids=ticked)).json()
    await world.complete_line(again["batch_no"], again["lines"][0], "CB202405109000")
    world.bench.clock.instant = world.bench.clock.instant.replace(year=2025)
    await world.verify([people[4], newcomer])
    next_year = request_body(world, member_ids=[str(people[4].member_id)], against="last_year")
    shown = (await world.post("/submissions/difference", next_year)).json()
    assert (shown["new"], shown["kept"], shown["missing"], shown["already"]) == (0, 1, 2, 0)
    assert {one["why"]["code"] for one in shown["changes"]["items"]} == {"NOT_TICKED", "STATUS_STALE"}


@pytest.mark.row("A49", "A43")
async def test_the_dialog_warns_of_a_crossed_half_year_and_of_news_after_a_confirmation(world: World):
    await world.set_rates()
    await world.import_people(people := [*roster(2), Someone("王确认", "310101199909090099", "0079999")])
    world.bench.clock.instant = world.bench.clock.instant.replace(month=6, day=20)
    await world.verify(people[:2])
    batch = (await world.submit(member_ids=[str(one.member_id) for one in people[:2]])).json()
    assert (batch["term"]["label"], batch["warnings"]) == ("全年", [])
    await world.return_line(batch["batch_no"], batch["lines"][0])
    world.bench.clock.instant += timedelta(days=15)
    await world.verify(people[:2])
    await world.verify(people[2:], NORMAL, UNCLEAR)
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    async with world.bench.database.connection() as connection:
        await connection.execute(
            "UPDATE candidate_statuses SET employment_raw = '11' WHERE employment_status = 'unclear'"
        )
    shown = (await world.post("/submissions/preview", request_body(world, all=True))).json()
    assert [(one["code"], one["people"]) for one in shown["warnings"]] == [
        ("HALF_YEAR_NOW", 2),
        ("EMPLOYMENT_CHANGED", 1),
    ]
    again = (await world.submit(all=True)).json()
    assert (again["term"]["label"], again["fee"]["total_fen"]) == ("半年", 3900)
    assert (again["lines"][0]["replaces"], again["lines"][0]["round"]) == (batch["batch_no"], 2)
    assert [one["code"] for one in again["warnings"]] == ["HALF_YEAR_NOW"]
