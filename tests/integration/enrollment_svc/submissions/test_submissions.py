"""Submission to the superior union: one transaction checks people, computes fees, stores the line and assigns
numbers."""

import asyncio
import re
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
import pytest
from integration.enrollment_svc.enrollment_world import (
    EMPLOYED,
    NORMAL,
    SEALED,
    Someone,
    World,
    roster,
    submitted_people,
)

from chassis.domain import SHANGHAI
from chassis.testing import Bench
from contracts.enrollments import BatchSubmitted
from contracts.statuses import CheckStatuses


@pytest.mark.row("F173", "F174", "F205", "A12", "F181")
async def test_ticked_people_make_one_line_with_price_dates_number_and_chain(world: World):
    await world.set_rates()
    people = await world.ready_people(3)
    ticked = [str(one.member_id) for one in people[:2]]
    answer = await world.submit(member_ids=ticked, expected_total_fen=5200)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["batch_no"] == "CB202405100001"
    assert (body["start_on"], body["end_on"]) == ("2024-05-11", "2024-12-31")
    assert body["term"] == {"code": "full_year", "label": "全年"}
    assert body["fee"] == {"total_fen": 5200, "city_fen": 2600, "district_fen": 2600, "unit_fen": 0}
    assert body["chain"] == ["金桥街道总工会", "浦东新区总工会"]
    assert [line["heads"] for line in body["lines"]] == [2]
    counts = await world.counts()
    assert (counts["ready"], counts["plan"], counts["plan_locked"]) == (1, "A", True)
    [left] = await world.tab("ready")
    alone = (await world.submit(member_ids=[left["member_id"]])).json()
    assert (alone["batch_no"], alone["heads"]) == ("CB202405100002", 1)


async def test_the_event_carries_the_people_sealed_and_the_line_whole(world: World, bench: Bench):
    await world.set_rates()
    people = await world.ready_people(2)
    await world.submit(all=True)
    [(envelope, event)] = [(n, e) for n, e in await bench.published() if isinstance(e, BatchSubmitted)]
    personal = bench.runtime.sealer.unseal(event.sealed, envelope.id, envelope.type)
    by_id = {one.member_id: one.number for one in people}
    assert [p.document_number for p in personal] == [by_id[p.member_id] for p in event.people]
    assert (event.heads, event.fee.total_fen, event.round, event.replaces) == (2, 5200, 1, None)
    assert event.unit_name == "金桥建设工会委员会单位"


async def test_a_part_is_published_as_the_contract_writes_it(world: World, bench: Bench):
    """To save time, the JSON of a part is written without making a Python object for each person. It must still contain
    every field of the contract."""
    await world.set_rates()
    await world.ready_people(2)
    await world.submit(all=True)
    async with bench.database.read() as connection:
        payload = await connection.fetchval("SELECT payload FROM outbox WHERE ce_type = $1", BatchSubmitted.ce_type)
    assert orjson.loads(payload) == BatchSubmitted.model_validate_json(payload).model_dump(mode="json")


@pytest.mark.row("F175", "F176", "F204")
async def test_nothing_ticked_gets_the_manuals_sentence_and_no_batch(world: World):
    await world.set_rates()
    await world.ready_people(1)
    answer = await world.submit(member_ids=[])
    assert (answer.status_code, answer.json()["code"]) == (422, "SELECTION_EMPTY")
    assert answer.json()["message"] == "请在【待提交】中勾选要参保的人员!"
    [waiting] = await world.ready_people(1, prefix="31010119930303")
    await world.verify([waiting], SEALED, EMPLOYED)
    on_the_wrong_tab = await world.submit(member_ids=[str(waiting.member_id)])
    assert (on_the_wrong_tab.status_code, on_the_wrong_tab.json()["message"]) == (422, answer.json()["message"])
    assert [one["code"] for one in on_the_wrong_tab.json()["detail"]["refused"]] == ["NOT_READY"]
    assert (await world.get("/batches"))["total"] == 0


@pytest.mark.row("D15", "F204")
async def test_somebody_in_to_verify_refuses_the_whole_submission(world: World):
    await world.set_rates()
    people = await world.ready_people(2)
    await world.verify(people[:1], SEALED, EMPLOYED)
    answer = await world.submit(member_ids=[str(one.member_id) for one in people])
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_READY")
    assert [r["member_id"] for r in answer.json()["detail"]["refused"]] == [str(people[0].member_id)]
    assert (await world.counts())["ready"] == 1
    assert await world.published(BatchSubmitted) == []


@pytest.mark.row("D15")
async def test_the_others_are_submitted_where_the_handler_says_skip(world: World):
    await world.set_rates()
    people = await world.ready_people(3)
    await world.verify(people[:1], SEALED, EMPLOYED)
    answer = await world.submit(member_ids=[str(one.member_id) for one in people], on_refused="skip")
    assert (answer.status_code, answer.json()["heads"]) == (201, 2)
    assert [r["code"] for r in answer.json()["refused"]] == ["NOT_READY"]


@pytest.mark.row("D02")
async def test_a_person_of_another_union_is_refused_like_an_unknown_one(world: World):
    await world.set_rates()
    other, unit = uuid4(), uuid4()
    await world.add_grassroots(other, [unit], "外高桥工会委员会")
    [foreign] = await world.ready_people(1, union=other, unit=unit)
    answer = await world.submit(member_ids=[str(foreign.member_id)])
    assert (answer.status_code, answer.json()["detail"]["refused"][0]["code"]) == (409, "NOT_FOUND")


@pytest.mark.row("A45", "D13", "D15")
async def test_stale_statuses_are_refused_and_asked_again(world: World):
    await world.set_rates()
    people = await world.ready_people(2)
    world.bench.clock.instant += timedelta(days=31)
    await world.verify(people[:1])
    answer = await world.submit(member_ids=[str(one.member_id) for one in people])
    assert (answer.status_code, answer.json()["code"]) == (409, "STATUS_STALE")
    [event] = await world.published(CheckStatuses)
    assert [person.member_id for person in event.people] == [people[1].member_id]
    await world.verify(people[1:], job=event.job_id)
    assert (await world.submit(all=True)).json()["heads"] == 2


@pytest.mark.row("D15", "F177")
async def test_a_sum_other_than_the_dialogs_is_refused(world: World):
    await world.set_rates()
    await world.ready_people(2)
    answer = await world.submit(all=True, expected_total_fen=2600)
    assert (answer.status_code, answer.json()["code"]) == (409, "TOTAL_CHANGED")
    assert (await world.counts())["ready"] == 2


@pytest.mark.row("A60")
async def test_no_rate_no_submission(world: World):
    await world.ready_people(1)
    answer = await world.submit(all=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "RATE_MISSING")


@pytest.mark.row("A02", "A03", "F182")
async def test_the_last_day_of_the_year_is_closed_and_the_second_half_pays_half(world: World):
    await world.set_rates()
    await world.ready_people(1)
    world.bench.clock.instant = datetime(2024, 12, 31, 9, tzinfo=SHANGHAI)
    answer = await world.submit(all=True)
    assert (answer.json()["code"], answer.json()["message"]) == ("YEAR_CLOSED", "本保障年度已截止")
    world.bench.clock.instant = datetime(2024, 6, 30, 23, 59, 59, tzinfo=SHANGHAI)
    await world.verify(await world_people(world))
    answer = await world.submit(all=True)
    assert (answer.json()["term"]["label"], answer.json()["fee"]["total_fen"]) == ("半年", 1300)


async def world_people(world: World) -> list[Someone]:
    return [Someone("", "", "", member_id=row["member_id"]) for row in await world.tab("ready")]


@pytest.mark.row("A10", "F170")
async def test_one_plan_a_year(world: World):
    await world.set_rates("A")
    await world.set_rates("B")
    people = await world.ready_people(2)
    await world.submit(member_ids=[str(people[0].member_id)])
    answer = await world.submit(member_ids=[str(people[1].member_id)], plan="B")
    assert (answer.status_code, answer.json()["code"]) == (409, "PLAN_LOCKED")
    assert answer.json()["message"] == "同一保障年度只能选择一个保障类型。"


@pytest.mark.row("A51")
async def test_a_union_without_reviewing_superior_is_refused(world: World):
    await world.set_rates()
    lonely, unit = uuid4(), uuid4()
    await world.add_union(lonely, "committee", "孤立工会委员会", [world.city], [unit])
    await world.ready_people(1, union=lonely, unit=unit)
    assert (await world.submit(union=lonely, all=True)).json()["code"] == "NO_SUPERIOR"


@pytest.mark.row("F185", "F186", "F187", "A13", "A47")
async def test_both_channels_of_a_day_share_a_number(world: World):
    await world.set_rates()
    await world.ready_people(2)
    holder = Someone("赵持卡", "310101199505050055", "007888888", has_service_card=True)
    await world.import_people([holder])
    await world.verify([holder], None, EMPLOYED)
    first = (await world.submit(all=True)).json()
    second = (await world.submit(all=True, channel="service_card")).json()
    assert first["batch_no"] == second["batch_no"]
    assert (first["joined"], second["joined"]) == (False, True)
    [row] = (await world.get("/batches", channel="social_security_card"))["items"]
    assert (row["heads"], row["heads_by_channel"]) == (2, {"social_security_card": 2, "service_card": 1})
    [card] = (await world.get("/batches", channel="service_card"))["items"]
    assert (card["batch_no"], card["heads"]) == (row["batch_no"], 1)
    [both] = (await world.get("/batches"))["items"]
    assert (both["heads"], both["lines"]) == (3, 2)


@pytest.mark.row("A46")
async def test_a_joint_union_gets_one_line_per_enterprise(world: World):
    await world.set_rates()
    joint, units = uuid4(), [uuid4(), uuid4()]
    await world.add_grassroots(joint, units, "联合工会")
    await world.ready_people(2, union=joint, unit=units[0])
    await world.ready_people(1, union=joint, unit=units[1], prefix="31010119920202")
    body = (await world.submit(union=joint, all=True)).json()
    assert sorted(line["heads"] for line in body["lines"]) == [1, 2]
    assert len(await world.published(BatchSubmitted)) == 2


@pytest.mark.row("F178", "F183")
async def test_a_double_click_makes_one_batch_of_three(world: World):
    await world.set_rates()
    await world.ready_people(3)
    headers = world.bench.token("handler", world.union)
    body = {
        "union_id": str(world.union),
        "enrollment_type": "immediate",
        "channel": "social_security_card",
        "plan": "A",
        "all": True,
    }
    clicks = [world.bench.client.post("/submissions", headers=headers, json=body) for _ in range(2)]
    first, second = await asyncio.gather(*clicks)
    assert first.json() == second.json()
    [row] = (await world.get("/batches"))["items"]
    assert (row["heads"], row["state"]["label"]) == (3, "区局确认中")
    again = await world.bench.client.post("/submissions", headers=headers, json=body | {"plan": "B"})
    assert again.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.row("D16", "A35", "A59")
async def test_two_unions_that_submit_the_same_person_at_once_enroll_him_once(world: World):
    await world.set_rates()
    other, unit = uuid4(), uuid4()
    await world.add_grassroots(other, [unit], "外高桥工会委员会")
    people = roster(30)
    twins = [Someone(one.name, one.number, f"9{one.member_no}") for one in reversed(people)]
    await world.verify(people, job=await world.import_people(people))
    await world.verify(twins, union=other, unit=unit, job=await world.import_people(twins, union=other, unit=unit))
    answers = await asyncio.gather(world.submit(all=True), world.submit(union=other, all=True))
    assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 422])
    [refused] = [answer.json() for answer in answers if answer.status_code != 201]
    assert refused["code"] in ("ALREADY_ENROLLED", "SELECTION_EMPTY")
    assert len(submitted_people(await world.published(BatchSubmitted))) == 30
    assert (await world.counts())["ready"] == (await world.counts(other))["ready"] == 0
    loser = world.union if answers[0].status_code != 201 else other
    hidden = (people if loser == world.union else twins)[0]
    late = await world.submit(union=loser, member_ids=[str(hidden.member_id)])
    assert (late.json()["code"], late.json()["message"]) == ("ALREADY_ENROLLED", "本保障年度已参加或正在审核")


@pytest.mark.row("D16", "D15", "A59")
async def test_a_person_of_two_units_of_a_union_is_submitted_once(world: World):
    """The city key lets a person be enrolled only once in a year. The submission takes the person's city key for his
    first unit. For his second unit, the same submission finds the key taken.
    """
    await world.set_rates()
    joint, units = uuid4(), [uuid4(), uuid4()]
    await world.add_grassroots(joint, units, "联合工会")
    for unit in units:
        await world.ready_people(3, union=joint, unit=unit)
    refused = await world.submit(union=joint, all=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "ALREADY_ENROLLED")
    assert len(refused.json()["detail"]["refused"]) == 3
    assert (await world.counts(joint))["ready"] == 6
    answer = await world.submit(union=joint, all=True, on_refused="skip")
    body = answer.json()
    assert (answer.status_code, body["heads"], len(body["refused"])) == (201, 3, 3)
    submitted = submitted_people(await world.published(BatchSubmitted))
    assert len(submitted) == 3
    assert not {str(one) for one in submitted} & {one["member_id"] for one in body["refused"]}
    assert (await world.counts(joint))["ready"] == 0


@pytest.mark.row("F201", "A47")
async def test_fifty_submissions_at_once_get_fifty_numbers(world: World):
    await world.set_rates()
    unions = [(uuid4(), uuid4()) for _ in range(50)]
    for n, (union, unit) in enumerate(unions):
        await world.add_grassroots(union, [unit], f"第{n}工会委员会")
        await world.ready_people(1, union=union, unit=unit, prefix=f"3101011990{n:04d}")
    answers = await asyncio.gather(*(world.submit(union=union, all=True) for union, _ in unions))
    assert {answer.status_code for answer in answers} == {201}
    assert all(re.fullmatch(r"CB\d{8}\d{4,6}", answer.json()["batch_no"]) for answer in answers)
    numbers = sorted(answer.json()["batch_no"] for answer in answers)
    assert numbers == [f"CB20240510{n:04d}" for n in range(1, 51)]


async def test_three_thousand_people_go_in_one_submission_in_parts_of_five_hundred(world: World):
    await world.set_rates()
    people = await world.ready_people(3000)
    body = (await world.submit(all=True)).json()
    assert (body["heads"], body["fee"]["total_fen"]) == (3000, 3000 * 2600)
    events = await world.published(BatchSubmitted)
    assert [event.part.index for event in events] == list(range(6))
    assert {event.part.count for event in events} == {6}
    assert sorted(submitted_people(events)) == sorted(one.member_id for one in people)


@pytest.mark.row("D15")
async def test_a_status_that_flips_during_a_submission_waits_for_it(world: World):
    await world.set_rates()
    people = await world.ready_people(200)
    answer, _ = await asyncio.gather(world.submit(all=True), world.verify(people[:100], SEALED, EMPLOYED))
    heads = answer.json()["heads"]
    counts = await world.counts()
    assert heads in (100, 200)
    assert counts["ready"] == 0
    assert counts["to_verify"] == 200 - heads


@pytest.mark.row("F164")
async def test_a_confirmed_person_goes_as_confirmed_by_hand(world: World):
    await world.set_rates()
    people = roster(1)
    await world.verify(people, NORMAL, "unclear", job=await world.import_people(people))
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    assert (await world.submit(all=True)).json()["heads"] == 1
    [event] = await world.published(BatchSubmitted)
    assert event.people[0].confirmed_by_hand is True
