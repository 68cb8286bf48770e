"""What the superior unions and the center decide, and what the unit can do about it."""

from datetime import timedelta
from typing import Any

import pytest
from integration.enrollment_svc.enrollment_world import Someone, World

from contracts.enrollments import BatchSubmitted, WithdrawalRequested
from contracts.fields import Shares
from contracts.reviews import BatchWithdrawn, CenterConfirmed, CenterRejected, WithdrawalRefused
from contracts.words import EnrollmentType

SUBMISSION = "CB202405109000"


@pytest.fixture
async def people(world: World) -> list[Someone]:
    await world.set_rates()
    return await world.ready_people(3)


@pytest.fixture
async def batch(world: World, people: list[Someone]) -> dict[str, Any]:
    answer = await world.submit(all=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def details(world: World, batch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await world.get(f"/batches/{batch['batch_no']}")
    return found


async def test_a_returned_line_gives_its_people_back_and_keeps_its_history(world: World, batch: dict[str, Any]):
    await world.return_line(batch["batch_no"], batch["lines"][0])
    shown = await details(world, batch)
    assert (shown["status"]["label"], shown["heads"], shown["fee"]["total_fen"]) == ("已退回", 0, 0)
    assert [h["what"]["code"] for h in shown["lines"][0]["history"]] == ["submitted", "returned"]
    assert {p["reason"] for p in shown["people"]["items"]} == {"材料不齐"}
    counts = await world.counts()
    assert (counts["ready"], counts["plan_locked"]) == (3, False)


async def test_resubmission_is_a_new_number_linked_to_the_old_one(world: World, batch: dict[str, Any]):
    await world.return_line(batch["batch_no"], batch["lines"][0])
    world.bench.clock.instant += timedelta(days=1)
    again = (await world.submit(all=True)).json()
    assert again["batch_no"] == "CB202405110001"
    assert (again["lines"][0]["replaces"], again["lines"][0]["round"]) == (batch["batch_no"], 2)
    assert again["start_on"] == "2024-05-12"
    assert (await world.told(BatchSubmitted))[-1].replaces == batch["batch_no"]


async def test_chosen_people_come_back_and_the_line_keeps_the_rest(
    world: World, batch: dict[str, Any], people: list[Someone]
):
    await world.return_line(batch["batch_no"], batch["lines"][0], [people[0].member_id], keeps=2)
    shown = await details(world, batch)
    assert (shown["status"]["label"], shown["heads"], shown["fee"]["total_fen"]) == ("区局确认中", 2, 5200)
    [row] = await world.tab("ready")
    assert row["member_id"] == str(people[0].member_id)
    again = (await world.submit(all=True)).json()
    assert (again["batch_no"] != batch["batch_no"], again["lines"][0]["round"]) == (True, 2)


async def test_a_second_delivery_of_a_return_changes_nothing(world: World, batch: dict[str, Any]):
    await world.return_line(batch["batch_no"], batch["lines"][0])
    await world.submit(all=True)
    await world.return_line(batch["batch_no"], batch["lines"][0])
    figures = await world.get("/figures", union_id=str(world.union))
    assert figures["enrollments"] == {"held": 3, "returned": 3, "withdrawn": 0}


async def test_completion_and_the_centers_confirmation_show_on_the_line(world: World, batch: dict[str, Any]):
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    await world.deliver(center_confirmed(world, batch))
    shown = await details(world, batch)
    assert shown["status"]["label"] == "已完成"
    assert shown["lines"][0]["center_confirmed_at"].endswith("+08:00")
    assert (await world.counts())["ready"] == 0


@pytest.mark.parametrize("completed_first", [True, False])
async def test_a_rejection_by_the_center_reopens_the_line_in_either_order_of_arrival(
    world: World, batch: dict[str, Any], completed_first: bool
):
    rejected = CenterRejected(
        submission_no=SUBMISSION,
        version=1,
        union_id=world.district,
        year=2024,
        enrollment_type=EnrollmentType.IMMEDIATE,
        reason="名单有误",
        rejected_at=world.bench.clock.now(),
    )
    if completed_first:
        await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    await world.deliver(rejected)
    if not completed_first:
        await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    assert (await details(world, batch))["status"]["label"] == "区局确认中"
    assert (await world.counts())["ready"] == 0
    await world.complete_line(batch["batch_no"], batch["lines"][0], "CB202405109001")
    assert (await details(world, batch))["status"]["label"] == "已完成"


async def test_a_withdrawal_is_asked_once_and_answered_by_the_superiors_side(world: World, batch: dict[str, Any]):
    path = f"/batches/{batch['batch_no']}/lines/{batch['lines'][0]['line_id']}/withdrawal"
    for _ in range(2):
        assert (await world.post(path, {})).status_code == 202
    [asked] = await world.told(WithdrawalRequested)
    assert (await details(world, batch))["lines"][0]["withdrawal"]["label"] == "撤回申请中"
    await world.deliver(
        BatchWithdrawn(
            batch_no=asked.batch_no,
            line_id=asked.line_id,
            union_id=asked.union_id,
            unit_id=asked.unit_id,
            withdrawn_at=world.bench.clock.now(),
        )
    )
    shown = await details(world, batch)
    assert (shown["status"]["label"], shown["heads"]) == ("已撤回", 0)
    assert (await world.counts())["ready"] == 3
    assert (await world.submit(all=True)).json()["lines"][0]["round"] == 1


async def test_a_refused_withdrawal_leaves_the_line_where_it_was(world: World, batch: dict[str, Any]):
    line = batch["lines"][0]
    await world.post(f"/batches/{batch['batch_no']}/lines/{line['line_id']}/withdrawal", {})
    await world.deliver(
        WithdrawalRefused(
            batch_no=batch["batch_no"],
            line_id=line["line_id"],
            union_id=world.union,
            unit_id=world.unit,
            code="ALREADY_REVIEWED",
            refused_at=world.bench.clock.now(),
        )
    )
    shown = (await details(world, batch))["lines"][0]
    assert (shown["state"]["code"], shown["withdrawal"]["label"]) == ("in_review", "撤回未通过")


async def test_a_completed_line_cannot_be_withdrawn_nor_a_stale_one(world: World, batch: dict[str, Any]):
    path = f"/batches/{batch['batch_no']}/lines/{batch['lines'][0]['line_id']}/withdrawal"
    assert (await world.post(path, {"version": 9})).json()["code"] == "STALE_VERSION"
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    assert (await world.post(path, {})).json()["code"] == "NOT_WITHDRAWABLE"


async def test_the_plan_lock_falls_when_no_live_enrollment_is_left(world: World, batch: dict[str, Any]):
    await world.set_rates("B")
    await world.return_line(batch["batch_no"], batch["lines"][0])
    answer = await world.submit(all=True, plan="B")
    assert (answer.status_code, answer.json()["plan"]) == (201, "B")


async def test_batches_are_found_by_number_day_state_and_type(world: World, batch: dict[str, Any]):
    found = {"batch_no": "CB20240510", "from": "2024-05-10", "to": "2024-05-10", "status": "in_review"}
    assert (await world.get("/batches", **found, enrollment_type="immediate"))["total"] == 1
    for query in ({"batch_no": "CB2023"}, {"from": "2024-05-11"}, {"to": "2024-05-09"}, {"status": "completed"}):
        assert (await world.get("/batches", **query))["total"] == 0


async def test_a_frozen_batch_does_not_follow_later_changes(world: World, batch: dict[str, Any], people: list[Someone]):
    people[0].name = "改名人"
    await world.change_people(people[:1], renamed=[people[0].member_id])
    names = {row["name"] for row in (await details(world, batch))["people"]["items"]}
    assert "改名人" not in names
    assert len(names) == 3


async def test_a_used_rate_is_sealed_and_others_can_still_change(world: World, batch: dict[str, Any]):
    headers = world.bench.token("municipal", world.city)
    changed = {"plan_name": "A类", "shares": {"total_fen": 1, "city_fen": 1, "district_fen": 0, "unit_fen": 0}}
    answer = await world.bench.client.put("/rates/2024/A/full_year", headers=headers, json=changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "RATE_SEALED")
    headers = world.bench.token("municipal", world.city)
    answer = await world.bench.client.put("/rates/2024/A/half_year", headers=headers, json=changed)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_shares_that_do_not_sum_and_rates_of_a_handler_are_refused(world: World):
    wrong = {"plan_name": "A类", "shares": {"total_fen": 2, "city_fen": 1, "district_fen": 0, "unit_fen": 0}}
    headers = world.bench.token("municipal", world.city)
    assert (await world.bench.client.put("/rates/2025/A/full_year", headers=headers, json=wrong)).status_code == 422
    headers = world.bench.token("handler", world.union)
    assert (await world.bench.client.put("/rates/2025/A/full_year", headers=headers, json=wrong)).status_code in (
        403,
        422,
    )


async def test_figures_agree_with_the_lines(world: World, batch: dict[str, Any]):
    figures = await world.get("/figures", role="operator", scope=world.city, union_id=str(world.district))
    assert figures["people"]["enrolled"] == {"social_security_card": 3, "service_card": 0}
    assert (figures["heads"], figures["fee"]["total_fen"]) == (3, 7800)
    assert [(line["heads"], line["people_held"]) for line in figures["lines"]] == [(3, 3)]


def center_confirmed(world: World, batch: dict[str, Any]) -> CenterConfirmed:
    fee = Shares.model_validate(batch["fee"])
    return CenterConfirmed(
        submission_no=SUBMISSION,
        version=1,
        union_id=world.district,
        year=2024,
        enrollment_type=EnrollmentType.IMMEDIATE,
        heads=batch["heads"],
        fee=fee,
        due_fen=fee.due_fen,
        confirmed_at=world.bench.clock.now(),
    )
