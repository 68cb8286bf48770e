"""A handler confirms people by hand, and requests a new check by the registries."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, RETIRED, SEALED, UNCLEAR, World, roster

from contracts.enrollments import MembersConfirmed
from contracts.statuses import CheckStatuses


async def unclear_people(world: World, count: int):
    people = roster(count)
    job = await world.import_people(people)
    await world.verify(people, NORMAL, UNCLEAR, job=job)
    return people


@pytest.mark.row("F159", "F162", "A42", "A43")
async def test_a_confirmed_person_moves_to_ready_and_stays_confirmed_after_later_checks(world: World):
    people = await unclear_people(world, 3)
    answer = await world.post(
        "/confirmations", {"union_id": str(world.union), "member_ids": [str(people[0].member_id)]}
    )
    assert answer.json() == {"confirmed": 1, "ready": 1, "open": 2, "left_out": []}
    await world.verify(people, NORMAL, UNCLEAR)
    [row] = await world.tab("ready")
    assert (row["member_id"], row["employment_shown"]) == (str(people[0].member_id), "不明确(已确认)")
    [event] = await world.published(MembersConfirmed)
    assert (event.member_ids, event.year) == ([people[0].member_id], 2024)


@pytest.mark.row("F160", "F161")
async def test_confirming_again_changes_nothing_and_publishes_nothing(world: World):
    await unclear_people(world, 2)
    for expected in (2, 0):
        answer = await world.post("/confirmations", {"union_id": str(world.union), "all": True})
        assert answer.json()["confirmed"] == expected
    assert len(await world.published(MembersConfirmed)) == 1


@pytest.mark.row("A41", "F149", "F140")
async def test_the_list_opens_on_open_rows_and_keeps_the_confirmed_ones(world: World):
    people = await unclear_people(world, 3)
    await world.post("/confirmations", {"union_id": str(world.union), "member_ids": [str(people[0].member_id)]})
    totals = {
        state: (await world.get("/confirmations", union_id=str(world.union), state=state))["total"]
        for state in ("open", "confirmed", "all")
    }
    assert totals == {"open": 2, "confirmed": 1, "all": 3}


@pytest.mark.row("F160", "F152")
async def test_confirm_all_follows_the_filter(world: World):
    people = await unclear_people(world, 3)
    answer = await world.post(
        "/confirmations", {"union_id": str(world.union), "all": True, "filters": {"member_no": people[2].member_no}}
    )
    assert answer.json() == {"confirmed": 1, "ready": 1, "open": 2, "left_out": []}


@pytest.mark.row("F159", "A08", "A43")
async def test_a_confirmation_does_not_lift_an_abnormal_card_and_retirement_overrides_it(world: World):
    people = roster(2)
    await world.import_people(people)
    await world.verify(people, SEALED, UNCLEAR)
    answer = await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    assert answer.json() == {"confirmed": 2, "ready": 0, "open": 0, "left_out": []}
    await world.verify(people[:1], NORMAL, RETIRED)
    counts = await world.counts()
    assert (counts["to_verify"], counts["retired"], counts["ready"]) == (1, 1, 0)


@pytest.mark.row("A43")
async def test_a_confirmation_ends_with_its_year(world: World):
    await unclear_people(world, 1)
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    this_year, next_year = await world.counts(), await world.counts(year=2025)
    assert (this_year["ready"], this_year["to_confirm"]) == (1, 0)
    assert (next_year["ready"], next_year["to_confirm"]) == (0, 1)


async def test_a_foreign_id_confirms_nobody(world: World):
    people = await unclear_people(world, 1)
    answer = await world.post(
        "/confirmations", {"union_id": str(world.union), "member_ids": [str(people[0].member_id), str(uuid4())]}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert (await world.counts())["to_confirm"] == 1


@pytest.mark.row("F096", "F098", "F101", "A06", "A44")
async def test_the_click_asks_about_to_verify_only_and_a_second_click_gets_the_same_job(world: World):
    people = roster(4)
    job = await world.import_people(people)
    await world.verify(people[:2], NORMAL, EMPLOYED, job=job)
    await world.verify(people[2:3], SEALED, EMPLOYED)
    first = await world.post("/checks", {"union_id": str(world.union)})
    second = await world.post("/checks", {"union_id": str(world.union)})
    assert (first.status_code, first.json()["already_running"]) == (202, False)
    assert second.json()["already_running"] is True
    assert first.json()["check"]["job_id"] == second.json()["check"]["job_id"]
    [event] = await world.published(CheckStatuses)
    assert [person.member_id for person in event.people] == [people[3].member_id, people[2].member_id]
    assert event.due_at.isoformat() == "2024-05-11T17:30:00+08:00"


async def test_a_check_carries_its_people_sealed_and_ends_with_its_answers(world: World):
    people = roster(2)
    job = await world.import_people(people)
    await world.verify(people, SEALED, EMPLOYED, job=job)
    await world.post("/checks", {"union_id": str(world.union), "channel": "social_security_card"})
    [(envelope, event)] = [(n, e) for n, e in await world.bench.published() if isinstance(e, CheckStatuses)]
    numbers = {p.document_number for p in world.bench.runtime.sealer.unseal(event.sealed, envelope.id, envelope.type)}
    assert numbers == {one.number for one in people}
    await world.verify(people, NORMAL, EMPLOYED, job=event.job_id)
    counts = await world.counts()
    assert (counts["check"]["running"], counts["ready"]) == (False, 2)


@pytest.mark.row("F119", "F121", "D27")
async def test_whoever_stays_abnormal_after_the_due_time_is_sent_to_the_service_card(world: World):
    people = roster(3)
    job = await world.import_people(people)
    await world.verify(people[:1], SEALED, EMPLOYED, job=job)
    await world.verify(people[1:2], None, EMPLOYED)
    await world.verify(people[2:], NORMAL, UNCLEAR)
    world.bench.clock.instant = datetime.fromisoformat("2024-05-11T17:30:00+08:00")
    assert {row["hint"] for row in await world.tab("to_verify")} == {None}
    world.bench.clock.instant += timedelta(seconds=1)
    sealed, no_record, unclear = await world.tab("to_verify")
    assert (sealed["hint"], no_record["hint"], unclear["hint"]) == ("改办会员服务卡", "改办会员服务卡", None)
    assert sealed["links"] == [{"code": "service_card", "label": "工会会员服务卡参保"}]
    advised = await world.tab("to_verify", take_service_card=True)
    assert [row["member_no"] for row in advised] == [one.member_no for one in people[:2]]
    why = await world.get(f"/candidates/{people[0].member_id}/reasons")
    assert [reason["code"] for reason in why["reasons"]] == ["CARD_ABNORMAL"]
    assert "会员服务卡" in why["reasons"][0]["next_step"]


@pytest.mark.row("F119")
async def test_a_card_that_fails_anew_gets_a_promise_of_its_own_and_an_older_one_stays(world: World):
    people = await world.ready_people(1)
    world.bench.clock.instant += timedelta(days=10)
    await world.verify(people, NORMAL, UNCLEAR)
    await world.post("/checks", {"union_id": str(world.union)})
    await world.verify(people, SEALED, EMPLOYED)
    assert (await world.tab("to_verify"))[0]["hint"] is None
    world.bench.clock.instant += timedelta(days=1)
    await world.post("/checks", {"union_id": str(world.union)})
    assert (await world.tab("to_verify"))[0]["hint"] is None
    world.bench.clock.instant += timedelta(days=3)
    assert (await world.tab("to_verify"))[0]["hint"] == "改办会员服务卡"


async def test_nobody_to_verify_starts_no_check(world: World):
    await world.ready_people(1)
    answer = await world.post("/checks", {"union_id": str(world.union)})
    assert answer.json() == {"check": None, "already_running": False}


@pytest.mark.row("F102", "A44")
async def test_a_check_past_the_end_of_the_calendar_has_no_due_time(world: World):
    world.bench.clock.instant = world.bench.clock.instant.replace(year=2026, month=12, day=31)
    await world.import_people(roster(1))
    counts = await world.counts()
    assert (counts["check"]["running"], counts["check"]["due_at"]) == (True, None)


async def test_an_unsupported_union_may_not_act(world: World):
    federation = uuid4()
    await world.add_union(federation, "federation", "工会联合会", [world.city, world.district], [uuid4()])
    answer = await world.post("/checks", {"union_id": str(federation)}, union=federation)
    assert (answer.status_code, answer.json()["code"]) == (403, "UNSUPPORTED_UNION_TYPE")


@pytest.mark.row("F090", "D02")
async def test_a_reviewer_and_the_city_may_not_act(world: World):
    for role, scope in (("reviewer", world.street), ("municipal", world.city)):
        headers = world.bench.token(role, scope)
        answer = await world.bench.client.post("/checks", headers=headers, json={"union_id": str(world.union)})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN_ROLE")
