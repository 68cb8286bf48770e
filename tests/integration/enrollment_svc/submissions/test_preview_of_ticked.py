"""The dialog before 确定 shows how many people the handler ticked, which of them are refused and why, and the fee of
the people who are not refused."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import (
    A_2024,
    EMPLOYED,
    NORMAL,
    RETIRED,
    SEALED,
    Someone,
    World,
    roster,
)
from integration.enrollment_svc.submissions.test_submission_dialog import request_body

from chassis.privacy import mask_name, mask_number


def named(one: Someone) -> dict[str, str]:
    return {
        "member_id": str(one.member_id),
        "member_no": one.member_no,
        "masked_name": mask_name(one.name),
        "masked_number": mask_number(one.number),
    }


def who(refused: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{field: one[field] for field in named(roster(1)[0])} for one in refused]


async def preview(world: World, *, status: int = 200, **body: object) -> dict[str, Any]:
    answer = await world.post("/submissions/preview", request_body(world, **body))
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def five_ticked(world: World) -> list[Someone]:
    """Five people: two are ready, one is in 待校验, one is retired, and one is already submitted."""
    await world.set_rates()
    await world.import_people(people := roster(5))
    await world.verify([*people[:2], people[4]])
    await world.verify([people[2]], SEALED, EMPLOYED)
    await world.verify([people[3]], NORMAL, RETIRED)
    assert (await world.submit(member_ids=[str(people[4].member_id)])).status_code == 201
    return people


@pytest.mark.row("F177", "D15", "A11")
async def test_heads_are_the_ticked_and_the_refused_are_named_apart_from_what_goes(world: World):
    people = await five_ticked(world)
    shown = await preview(world, member_ids=[str(one.member_id) for one in people])
    assert (shown["heads"], shown["heads_to_submit"], len(shown["refused"])) == (5, 2, 3)
    assert shown["fee"] == {share: 2 * fen for share, fen in A_2024.items()}
    assert shown["counted"] == "已勾选5人，其中3人不能提交，将提交2人，保障费用52元"
    refused = {one["member_no"]: one for one in shown["refused"]}
    assert {number: one["code"] for number, one in refused.items()} == {
        people[2].member_no: "NOT_READY",
        people[3].member_no: "RETIRED",
        people[4].member_no: "ALREADY_ENROLLED",
    }
    assert who(list(refused.values())) == [named(one) for one in people[2:]]
    assert all(one["message"] and one["next_step"] for one in refused.values())


@pytest.mark.row("D15")
async def test_the_submission_and_its_refusal_name_the_same_people(world: World):
    people = await five_ticked(world)
    ticked = [str(one.member_id) for one in people]
    shown = await preview(world, member_ids=ticked)
    refusal = (await world.submit(member_ids=ticked)).json()
    assert refusal["detail"]["refused"] == shown["refused"]
    done = await world.submit(member_ids=ticked, on_refused="skip", expected_total_fen=shown["fee"]["total_fen"])
    assert (done.status_code, done.json()["heads"]) == (201, shown["heads_to_submit"])
    assert done.json()["refused"] == shown["refused"]


@pytest.mark.row("F176", "D15")
async def test_where_nobody_is_left_the_refusal_names_everybody(world: World):
    people = await five_ticked(world)
    refusal = await preview(world, member_ids=[str(one.member_id) for one in people[3:]], status=409)
    assert refusal["code"] == "PEOPLE_REFUSED"
    assert who(refusal["detail"]["refused"]) == [named(one) for one in people[3:]]
    wrong_tab = await preview(world, member_ids=[str(people[2].member_id)], status=422)
    assert wrong_tab["message"] == "请在【待提交】中勾选要参保的人员!"
    assert who(wrong_tab["detail"]["refused"]) == [named(people[2])]


@pytest.mark.row("D02")
async def test_of_a_stranger_nothing_is_told_but_that_he_is_no_member(world: World):
    await world.set_rates()
    [mine] = await world.ready_people(1)
    elsewhere, unit = uuid4(), uuid4()
    await world.add_grassroots(elsewhere, [unit], "外高桥工会委员会")
    [foreign] = await world.ready_people(1, union=elsewhere, unit=unit, prefix="31010119950505")
    nobody = uuid4()
    ticked = [mine.member_id, mine.member_id, foreign.member_id, nobody]
    shown = await preview(world, member_ids=[str(one) for one in ticked])
    assert (shown["heads"], shown["heads_to_submit"]) == (3, 1)
    strangers = [{field: one[field] for field in one if field != "member_id"} for one in shown["refused"]]
    assert strangers[0] == strangers[1]
    assert (strangers[0]["code"], strangers[0]["masked_name"], strangers[0]["member_no"]) == ("NOT_FOUND", None, None)
    assert {one["member_id"] for one in shown["refused"]} == {str(foreign.member_id), str(nobody)}


@pytest.mark.row("A52", "A45")
async def test_all_of_a_list_counts_its_stale_people_and_nothing_is_asked_about_them_yet(world: World):
    await world.set_rates()
    people = await world.ready_people(3)
    world.bench.clock.instant += timedelta(days=31)
    await world.verify(people[:2])
    shown = await preview(world, all=True)
    assert (shown["heads"], shown["heads_to_submit"], shown["fee"]["total_fen"]) == (3, 2, 5200)
    [stale] = shown["refused"]
    assert (stale["member_no"], stale["code"]) == (people[2].member_no, "STATUS_STALE")
    assert "已自动" not in stale["message"] + stale["next_step"]
    alone = await preview(world, member_ids=[str(people[2].member_id)], status=409)
    assert alone["code"] == "STATUS_STALE"
    assert "已自动" not in alone["message"]
    assert (await world.counts())["check"]["origin"]["code"] == "import"


@pytest.mark.row("F177")
async def test_without_a_refused_one_the_sentence_is_the_short_one(world: World):
    await world.set_rates()
    await world.ready_people(3)
    shown = await preview(world, all=True)
    assert (shown["heads"], shown["heads_to_submit"], shown["refused"]) == (3, 3, [])
    assert shown["counted"] == "已勾选3人，保障费用78元"
