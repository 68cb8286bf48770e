"""enrollment-svc shows the story of a person, who is searched by document number: statuses, confirmation, lines and
payment."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.batches.test_payment_of_a_batch import SUBMISSION, accepted, confirmed
from integration.enrollment_svc.enrollment_world import NORMAL, UNCLEAR, Someone, World


async def story(world: World, one: Someone, *, role: str = "handler", scope: Any = None) -> list[dict[str, Any]]:
    headers = world.bench.token(role, scope or world.union)
    answer = await world.bench.client.post("/people/story", headers=headers, json={"number": one.number})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["steps"])


def later(world: World) -> None:
    world.bench.clock.instant += timedelta(hours=1)


@pytest.mark.row("F035", "F200", "D18", "A48")
async def test_a_person_from_the_check_to_the_payment_with_a_return_between(world: World):
    await world.set_rates()
    one = Someone("王一明", "310101199001010011", "007000001")
    await world.import_people([one])
    later(world)
    await world.verify([one], NORMAL, UNCLEAR)
    later(world)
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    for submission in (None, SUBMISSION):
        later(world)
        batch = (await world.submit(member_ids=[str(one.member_id)], account="li")).json()
        later(world)
        if submission is None:
            await world.return_line(batch["batch_no"], batch["lines"][0])
        else:
            await world.complete_line(batch["batch_no"], batch["lines"][0], submission)
    later(world)
    await world.deliver(confirmed(world))
    later(world)
    await world.deliver(accepted(world, [SUBMISSION]))
    later(world)
    steps = await story(world, one)
    assert [step["what"] for step in steps] == [
        "card_checked",
        "employment_checked",
        "confirmed",
        "submitted",
        "returned",
        "submitted",
        "completed",
        "center_confirmed",
        "settled",
        "standing",
    ]
    words = {step["what"]: step["words"] for step in steps}
    assert words["employment_checked"] == "就业状态：不明确"
    assert words["confirmed"] == "人工确认就业状态（2024年度）"
    assert words["returned"].endswith("：退回，原因：材料不齐")
    assert words["standing"] == "目前（2024年度）：不在参保名单，本保障年度已参加或正在审核"
    assert [step["by"] for step in steps if step["what"] == "submitted"] == ["li", "li"]
    assert one.number not in str(steps)


@pytest.mark.row("A48")
async def test_whoever_stays_in_a_line_hears_nothing_of_those_who_went_back(world: World):
    await world.set_rates()
    stays, goes = await world.ready_people(2)
    batch = (await world.submit(member_ids=[str(stays.member_id), str(goes.member_id)])).json()
    [line] = batch["lines"]
    later(world)
    await world.return_line(batch["batch_no"], line, [goes.member_id], keeps=1)
    later(world)
    fee = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
    await world.complete_line(batch["batch_no"], line | {"heads": 1, "fee": fee}, SUBMISSION)
    of_lines = [
        [step["what"] for step in await story(world, one) if "batch_no" in step["ids"]] for one in (stays, goes)
    ]
    assert of_lines == [["submitted", "completed"], ["submitted", "people_returned"]]


@pytest.mark.row("A59", "D02")
async def test_a_second_union_sees_its_own_membership_and_not_where_the_other_is(world: World):
    await world.set_rates()
    [one] = await world.ready_people(1)
    elsewhere, unit = uuid4(), uuid4()
    await world.add_grassroots(elsewhere, [unit], "张江工会委员会")
    twin = Someone(one.name, one.number, "0079")
    await world.import_people([twin], union=elsewhere, unit=unit)
    batch = (await world.submit(member_ids=[str(one.member_id)])).json()
    steps = await story(world, one, scope=elsewhere)
    assert [step["what"] for step in steps] == ["standing"]
    assert "本保障年度已参加或正在审核" in steps[0]["words"]
    assert batch["batch_no"] not in str(steps)
    above = await story(world, one, role="reviewer", scope=world.district)
    assert {step["what"] for step in above} >= {"submitted", "standing"}
