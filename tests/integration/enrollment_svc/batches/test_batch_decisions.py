"""The superior unions and the center decide about a batch. The unit sees the decision and can act on it."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import NORMAL, RETIRED, Someone, World

from contracts.enrollments import BatchSubmitted, PeopleFlagged, WithdrawalRequested
from contracts.fields import Shares
from contracts.notices import EnrollmentNotice
from contracts.reviews import BatchReassigned, BatchWithdrawn, CenterConfirmed, CenterRejected, WithdrawalRefused
from contracts.words import EmploymentStatus, EnrollmentType
from support.locks import overlap

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


async def noticed(world: World, batch: dict[str, Any]) -> list[str]:
    """The kinds of the notices about the batch. Each notice must go to the handlers of the batch's union and contain
    the batch number."""
    found = [notice for notice in await world.published(EnrollmentNotice) if notice.about == batch["batch_no"]]
    assert {(notice.union_id, notice.role.value) for notice in found} <= {(world.union, "handler")}
    assert all(batch["batch_no"] in notice.text for notice in found)
    return [notice.kind.value for notice in found]


async def details(world: World, batch: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await world.get(f"/batches/{batch['batch_no']}")
    return found


@pytest.mark.row("A49", "A35", "F200", "D06")
async def test_a_returned_line_gives_its_people_back_and_keeps_its_history(world: World, batch: dict[str, Any]):
    await world.return_line(batch["batch_no"], batch["lines"][0])
    shown = await details(world, batch)
    assert (shown["state"]["label"], shown["heads"], shown["fee"]["total_fen"]) == ("已退回", 0, 0)
    assert [h["what"]["code"] for h in shown["lines"][0]["history"]] == ["submitted", "returned"]
    assert {p["reason"] for p in shown["people"]["items"]} == {"材料不齐"}
    counts = await world.counts()
    assert (counts["ready"], counts["plan_locked"]) == (3, False)
    assert await noticed(world, batch) == ["returned"]


@pytest.mark.row("A49", "D18", "A01")
async def test_resubmission_is_a_new_number_linked_to_the_old_one(world: World, batch: dict[str, Any]):
    await world.return_line(batch["batch_no"], batch["lines"][0])
    world.bench.clock.instant += timedelta(days=1)
    again = (await world.submit(all=True)).json()
    assert again["batch_no"] == "CB202405110001"
    assert (again["lines"][0]["replaces"], again["lines"][0]["round"]) == (batch["batch_no"], 2)
    assert again["start_on"] == "2024-05-12"
    assert (await world.published(BatchSubmitted))[-1].replaces == batch["batch_no"]


@pytest.mark.row("A48", "D16")
async def test_chosen_people_come_back_and_the_line_keeps_the_rest(
    world: World, batch: dict[str, Any], people: list[Someone]
):
    await world.return_line(batch["batch_no"], batch["lines"][0], [people[0].member_id], keeps=2)
    shown = await details(world, batch)
    assert (shown["state"]["label"], shown["heads"], shown["fee"]["total_fen"]) == ("区局确认中", 2, 5200)
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


@pytest.mark.row("F184", "F196")
async def test_completion_and_the_centers_confirmation_show_on_the_line(world: World, batch: dict[str, Any]):
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    await world.deliver(center_confirmed(world, batch))
    shown = await details(world, batch)
    assert shown["state"]["label"] == "已完成"
    assert shown["lines"][0]["center_confirmed_at"].endswith("+08:00")
    assert (await world.counts())["ready"] == 0
    assert shown["updated_at"] >= shown["submitted_at"]
    assert await noticed(world, batch) == ["completed"]


@pytest.mark.row("A53", "F183")
@pytest.mark.parametrize("completed_first", [True, False])
async def test_a_rejection_by_the_center_reopens_the_line_in_either_order_of_arrival(
    world: World, batch: dict[str, Any], completed_first: bool
):
    if completed_first:
        await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    await world.deliver(rejected(world))
    if not completed_first:
        await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    assert (await details(world, batch))["state"]["label"] == "区局确认中"
    assert (await world.counts())["ready"] == 0
    assert await noticed(world, batch) == [*(["completed"] if completed_first else []), "center_rejected"]
    await world.complete_line(batch["batch_no"], batch["lines"][0], "CB202405109001")
    assert (await details(world, batch))["state"]["label"] == "已完成"


@pytest.mark.row("A53", "F183")
@pytest.mark.parametrize("completed_first", [True, False])
async def test_two_replicas_that_handle_completion_and_rejection_at_once_reopen_the_line(
    world: World, batch: dict[str, Any], completed_first: bool, monkeypatch: pytest.MonkeyPatch
):
    completion = partial(world.complete_line, batch["batch_no"], batch["lines"][0], SUBMISSION)
    rejection = partial(world.deliver, rejected(world))
    first, second = (completion, rejection) if completed_first else (rejection, completion)
    async with world.bench.database.connection() as watcher:
        await overlap(first, second, watcher, monkeypatch)
    assert (await details(world, batch))["state"]["label"] == "区局确认中"
    assert await world.bench.dead_letters() == []


@pytest.mark.row("A50", "D06")
async def test_a_withdrawal_is_asked_once_and_answered_by_the_superiors_side(world: World, batch: dict[str, Any]):
    path = f"/batches/{batch['batch_no']}/lines/{batch['lines'][0]['line_id']}/withdrawal"
    for _ in range(2):
        assert (await world.post(path, {})).status_code == 202
    [request] = await world.published(WithdrawalRequested)
    assert (await details(world, batch))["lines"][0]["withdrawal"]["label"] == "撤回申请中"
    await world.deliver(
        BatchWithdrawn(
            batch_no=request.batch_no,
            line_id=request.line_id,
            union_id=request.union_id,
            unit_id=request.unit_id,
            withdrawn_at=world.bench.clock.now(),
        )
    )
    shown = await details(world, batch)
    assert (shown["state"]["label"], shown["heads"]) == ("已撤回", 0)
    assert await noticed(world, batch) == ["withdrawn"]
    assert (await world.counts())["ready"] == 3
    assert (await world.submit(all=True)).json()["lines"][0]["round"] == 1


@pytest.mark.row("A50")
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
    assert await noticed(world, batch) == ["withdrawal_refused"]


@pytest.mark.row("A50")
async def test_a_completed_line_cannot_be_withdrawn_nor_a_stale_one(world: World, batch: dict[str, Any]):
    path = f"/batches/{batch['batch_no']}/lines/{batch['lines'][0]['line_id']}/withdrawal"
    assert (await world.post(path, {"version": 9})).json()["code"] == "STALE_VERSION"
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    assert (await world.post(path, {})).json()["code"] == "NOT_WITHDRAWABLE"


@pytest.mark.row("A10", "A49")
async def test_the_plan_lock_falls_when_no_live_enrollment_is_left(world: World, batch: dict[str, Any]):
    await world.set_rates("B")
    await world.return_line(batch["batch_no"], batch["lines"][0])
    answer = await world.submit(all=True, plan="B")
    assert (answer.status_code, answer.json()["plan"]) == (201, "B")


@pytest.mark.row("D17", "A56")
async def test_a_frozen_batch_follows_no_new_name_fee_or_superior_but_the_next_one_does(
    world: World, batch: dict[str, Any], people: list[Someone]
):
    people[0].name = "改名人"
    await world.change_people(people[:1], renamed=[people[0].member_id])
    street = uuid4()
    await world.add_union(street, "street", "陆家嘴街道总工会", [world.city, world.district])
    await world.add_union(
        world.union, "committee", "改名工会委员会", [world.city, world.district, street], [world.unit]
    )
    half = {"plan_name": "A类", "shares": {"total_fen": 1, "city_fen": 1, "district_fen": 0, "unit_fen": 0}}
    assert (await world.put("/rates/2024/A/half_year", half)).status_code == 200
    shown = await details(world, batch)
    names = {row["name"] for row in shown["people"]["items"]}
    assert (len(names), "改名人" in names) == (3, False)
    [line] = shown["lines"]
    assert (shown["union_name"], line["unit_name"]) == ("金桥建设工会委员会", "金桥建设工会委员会单位")
    assert (line["chain"][0], shown["fee"]["total_fen"], shown["plan_name"]) == (
        "金桥街道总工会",
        7800,
        "A类会员专享基本保障",
    )
    await world.return_line(batch["batch_no"], batch["lines"][0])
    world.bench.clock.instant += timedelta(minutes=1)
    await world.verify(people)
    again = (await world.submit(all=True)).json()
    assert (again["chain"][0], again["lines"][0]["unit_name"]) == ("陆家嘴街道总工会", "改名工会委员会单位")


@pytest.mark.row("A60", "F041")
async def test_a_used_rate_is_locked_and_others_can_still_change(world: World, batch: dict[str, Any]):
    headers = world.bench.token("municipal", world.city)
    changed = {"plan_name": "A类", "shares": {"total_fen": 1, "city_fen": 1, "district_fen": 0, "unit_fen": 0}}
    answer = await world.bench.client.put("/rates/2024/A/full_year", headers=headers, json=changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "RATE_SEALED")
    headers = world.bench.token("municipal", world.city)
    answer = await world.bench.client.put("/rates/2024/A/half_year", headers=headers, json=changed)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


@pytest.mark.row("F041")
async def test_shares_that_do_not_sum_and_rates_of_a_handler_are_refused(world: World):
    wrong = {"plan_name": "A类", "shares": {"total_fen": 2, "city_fen": 1, "district_fen": 0, "unit_fen": 0}}
    headers = world.bench.token("municipal", world.city)
    assert (await world.bench.client.put("/rates/2025/A/full_year", headers=headers, json=wrong)).status_code == 422
    headers = world.bench.token("handler", world.union)
    assert (await world.bench.client.put("/rates/2025/A/full_year", headers=headers, json=wrong)).status_code in (
        403,
        422,
    )


@pytest.mark.row("D25")
async def test_figures_agree_with_the_lines(world: World, batch: dict[str, Any]):
    figures = await world.get("/figures", role="operator", scope=world.city, union_id=str(world.district))
    assert figures["people"]["enrolled"] == {"social_security_card": 3, "service_card": 0}
    assert (figures["heads"], figures["fee"]["total_fen"]) == (3, 7800)
    assert [(line["heads"], line["people_held"]) for line in figures["lines"]] == [(3, 3)]


@pytest.mark.row("A54", "A53", "A59")
async def test_whoever_dies_or_retires_under_review_is_flagged_once_and_stays(
    world: World, batch: dict[str, Any], people: list[Someone]
):
    await world.verify(people[:1], NORMAL, RETIRED)
    await world.verify(people[:1], NORMAL, RETIRED)
    [flagged] = await world.published(PeopleFlagged)
    assert (flagged.batch_no, str(flagged.line_id)) == (batch["batch_no"], batch["lines"][0]["line_id"])
    assert [(flag.member_id, flag.employment.value) for flag in flagged.flags] == [(people[0].member_id, "retired")]
    shown = await details(world, batch)
    marks = {row["member_no"]: (row["flagged"] or {}).get("label") for row in shown["people"]["items"]}
    assert marks == {people[0].member_no: "退休", people[1].member_no: None, people[2].member_no: None}
    assert (shown["heads"], (await world.counts())["retired"]) == (3, 0)
    # While a person is covered, no flag is published. After the center rejects the submission, the line is under review
    # again, and flags are published.
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    await world.verify(people[1:2], NORMAL, EmploymentStatus.DECEASED)
    assert len(await world.published(PeopleFlagged)) == 1
    await world.deliver(rejected(world))
    again = (await world.published(PeopleFlagged))[-1]
    employment_of = {flag.member_id: flag.employment.value for flag in again.flags}
    # The first person is flagged again, too, because the first flag possibly reached review-svc only after review-svc
    # had completed the line.
    assert employment_of == {people[0].member_id: "retired", people[1].member_id: "deceased"}
    # A check that another unit of the person requested also leads to a flag.
    other, unit = uuid4(), uuid4()
    await world.add_grassroots(other, [unit], "外高桥工会委员会")
    twin = [Someone(people[2].name, people[2].number, "009")]
    await world.import_people(twin, union=other, unit=unit)
    await world.verify(twin, None, RETIRED, union=other, unit=unit)
    assert (await world.published(PeopleFlagged))[-1].flags[0].member_id == people[2].member_id
    assert (await details(world, batch))["heads"] == 3
    # After the line is returned, all three are excluded: a retired or deceased person must not be listed in 待提交
    # again.
    await world.return_line(batch["batch_no"], batch["lines"][0])
    counts = await world.counts()
    assert (counts["ready"], counts["to_verify"], counts["retired"], counts["deceased"]) == (0, 0, 2, 1)


@pytest.mark.row("A54", "A53", "A48")
async def test_who_died_while_covered_is_flagged_where_others_come_back_before_the_rejection_is_told(
    world: World, batch: dict[str, Any], people: list[Someone]
):
    line = batch["lines"][0]
    await world.complete_line(batch["batch_no"], line, SUBMISSION)
    await world.verify(people[:1], NORMAL, EmploymentStatus.DECEASED)
    await world.return_line(batch["batch_no"], line, [people[1].member_id], keeps=2)
    await world.deliver(rejected(world))
    [flagged] = await world.published(PeopleFlagged)
    assert [flag.member_id for flag in flagged.flags] == [people[0].member_id]


@pytest.mark.row("A54", "A53")
@pytest.mark.parametrize("rejection_first", [True, False])
async def test_a_person_whose_death_another_unit_learned_while_covered_is_flagged_after_the_rejection(
    world: World, batch: dict[str, Any], people: list[Someone], rejection_first: bool
):
    """The death is stored with the person's membership in the other unit. No flag is published while the line is at the
    center."""
    line, other, unit = batch["lines"][0], uuid4(), uuid4()
    await world.add_grassroots(other, [unit], "外高桥工会委员会")
    twin = [Someone(people[0].name, people[0].number, "009")]
    await world.import_people(twin, union=other, unit=unit)
    if rejection_first:
        # The events about the rejection and the completion have different keys, so the rejection can arrive first.
        await world.verify(twin, None, EmploymentStatus.DECEASED, union=other, unit=unit)
        flagged_before = len(await world.published(PeopleFlagged))
        await world.deliver(rejected(world))
        await world.complete_line(batch["batch_no"], line, SUBMISSION)
    else:
        await world.complete_line(batch["batch_no"], line, SUBMISSION)
        await world.verify(twin, None, EmploymentStatus.DECEASED, union=other, unit=unit)
        flagged_before = len(await world.published(PeopleFlagged))
        assert flagged_before == 0
        await world.deliver(rejected(world))
    again = (await world.published(PeopleFlagged))[flagged_before:]
    assert [[flag.member_id for flag in event.flags] for event in again] == [[people[0].member_id]]
    # After the line is returned, the deceased person is excluded in this unit, too.
    await world.return_line(batch["batch_no"], line)
    assert (await world.counts())["deceased"] == 1


@pytest.mark.row("A56", "A14")
async def test_a_reassigned_line_shows_its_new_reviewer_and_a_contradiction_is_no_silence(
    world: World, batch: dict[str, Any]
):
    line = batch["lines"][0]
    new = uuid4()
    moved = BatchReassigned(
        batch_no=batch["batch_no"],
        line_id=line["line_id"],
        union_id=world.union,
        unit_id=world.unit,
        from_union_id=world.street,
        to_union_id=new,
        to_union="陆家嘴街道总工会",
        reason="原工会已撤销",
        reassigned_at=world.bench.clock.now(),
    )
    await world.deliver(moved)
    shown = (await details(world, batch))["lines"][0]
    assert shown["chain"] == ["陆家嘴街道总工会", "浦东新区总工会"]
    assert (shown["history"][-1]["what"]["code"], shown["history"][-1]["reason"]) == ("reassigned", "原工会已撤销")
    await world.return_line(batch["batch_no"], line)
    await world.return_line(batch["batch_no"], line)
    await world.bench.deliver(moved)
    assert ["LINE_NOT_REASSIGNABLE" in cause for cause in await world.bench.dead_letters()] == [True]


def rejected(world: World) -> CenterRejected:
    return CenterRejected(
        submission_no=SUBMISSION,
        version=1,
        union_id=world.district,
        year=2024,
        enrollment_type=EnrollmentType.IMMEDIATE,
        reason="名单有误",
        rejected_at=world.bench.clock.now(),
    )


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
