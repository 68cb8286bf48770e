"""After the registries have answered, each person is listed in the right tab, in whatever order the events arrived."""

from datetime import timedelta
from uuid import UUID, uuid4

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

from contracts.fields import Part
from contracts.statuses import StatusesVerified, VerifiedStatus
from contracts.words import DocumentType


async def test_imported_people_wait_in_to_verify_until_the_registries_answer(world: World):
    people = roster(3)
    job = await world.import_people(people)
    before = await world.counts()
    assert (before["to_verify"], before["ready"], before["to_confirm"]) == (3, 0, 0)
    assert before["check"]["banner"] == "校验中，请一个工作日后进行查看！！"
    assert before["check"]["due_at"] == "2024-05-11T17:30:00+08:00"
    await world.verify(people, job=job)
    after = await world.counts()
    assert (after["to_verify"], after["ready"]) == (0, 3)
    assert after["check"]["running"] is False


async def test_statuses_that_come_before_their_members_are_applied_on_arrival(world: World):
    people = roster(2)
    [(event, cause)] = world.imported(people)
    await world.verify(people, job=event.import_id)
    await world.deliver(event, cause)
    counts = await world.counts()
    assert (counts["ready"], counts["to_verify"], counts["check"]["running"]) == (2, 0, False)


async def test_an_older_status_never_overwrites_a_newer_one(world: World):
    people = await world.ready_people(2)
    await world.verify(people, SEALED, UNCLEAR, at=world.bench.clock.now() - timedelta(hours=1))
    assert (await world.counts())["ready"] == 2


@pytest.mark.row("A42")
async def test_a_registry_that_was_not_asked_says_nothing_and_one_without_record_does(world: World):
    people = await world.ready_people(2)
    world.bench.clock.instant += timedelta(hours=1)
    unchecked, nowhere = (
        VerifiedStatus(member_id=one.member_id, card=None, card_asked=asked, employment=None, employment_asked=asked)
        for one, asked in zip(people, (False, True), strict=True)
    )
    event = StatusesVerified(
        job_id=uuid4(),
        union_id=world.union,
        unit_id=world.unit,
        part=Part(index=0, count=1),
        checked_at=world.bench.clock.now(),
        source="test",
        statuses=[unchecked, nowhere],
    )
    await world.deliver(event)
    [row] = await world.tab("ready")
    assert (row["member_no"], row["card_checked_at"]) == (people[0].member_no, "2024-05-10T12:00:00+08:00")
    [gone] = await world.tab("to_verify")
    assert (gone["cells"]["card_status"], gone["cells"]["employment_status"]) == ("-", "-")
    assert (gone["card_checked_at"], gone["to_confirm"]) == ("2024-05-10T13:00:00+08:00", False)


async def test_of_two_early_statuses_the_newer_one_is_applied(world: World):
    people = roster(1)
    now = world.bench.clock.now()
    await world.verify(people, SEALED, EMPLOYED, at=now)
    await world.verify(people, NORMAL, EMPLOYED, at=now - timedelta(minutes=5))
    await world.import_people(people)
    [row] = await world.tab("to_verify")
    assert row["card_status"] == {"code": "sealed", "label": "封存"}


async def test_a_second_delivery_of_members_and_statuses_changes_nothing(world: World):
    people = roster(3)
    [(event, cause)] = world.imported(people)
    records = await world.bench.deliver(event, cause=cause)
    await world.verify(people, job=event.import_id)
    await world.bench.redeliver(records)
    counts = await world.counts()
    assert (counts["ready"], counts["to_verify"], counts["check"]["people"]) == (3, 0, 3)


@pytest.mark.row("A40", "A42", "F140")
async def test_people_stand_in_exactly_one_place_and_to_confirm_is_never_added(world: World):
    people = roster(6)
    await world.import_people(people)
    answers = [(NORMAL, EMPLOYED), (NORMAL, UNCLEAR), (SEALED, UNCLEAR), (None, EMPLOYED), (NORMAL, None)]
    for one, (card, employment) in zip(people, answers, strict=False):
        await world.verify([one], card, employment)
    await world.verify(people[5:], NORMAL, RETIRED)
    counts = await world.counts(channel="social_security_card")
    assert (counts["ready"], counts["to_verify"], counts["retired"], counts["to_confirm"]) == (1, 4, 1, 2)
    assert len(await world.tab("retired")) == 1


@pytest.mark.row("F118", "A08")
async def test_retirement_takes_a_person_out_of_the_list_he_stood_ready_in(world: World):
    people = await world.ready_people(2)
    await world.verify(people[:1], NORMAL, RETIRED)
    counts = await world.counts()
    assert (counts["ready"], counts["retired"]) == (1, 1)


@pytest.mark.row("A39", "F087", "F088")
async def test_a_service_card_moves_a_person_between_the_channels_and_back(world: World):
    [one] = await world.ready_people(1)
    one.has_service_card = True
    await world.change_people([one])
    assert (await world.counts(channel="service_card"))["ready"] == 1
    assert (await world.counts(channel="social_security_card"))["ready"] == 0
    one.has_service_card = False
    await world.change_people([one])
    [row] = await world.tab("to_verify", channel="social_security_card")
    assert row["card_status"] is None
    assert row["employment_status"]["code"] == "employed"


@pytest.mark.row("F092", "F095", "A38")
async def test_a_passport_holder_without_service_card_is_in_no_channel_and_told_why(world: World):
    holder = Someone("JOHN", "E12345678", "007999999", document_type=DocumentType.PASSPORT)
    await world.import_people([holder])
    counts = await world.counts()
    assert (counts["to_verify"], counts["no_channel"]) == (0, 1)
    why = await world.get(f"/candidates/{holder.member_id}/reasons")
    assert why["tab"] is None
    assert [r["code"] for r in why["reasons"]] == ["NOT_RESIDENT_ID"]


@pytest.mark.row("A43")
async def test_removed_people_leave_lists_and_come_back_unconfirmed(world: World):
    people = roster(1)
    await world.import_people(people)
    await world.verify(people, NORMAL, UNCLEAR)
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    assert (await world.counts())["ready"] == 1
    await world.remove_people(people)
    assert (await world.counts())["ready"] == 0
    await world.import_people(people)
    counts = await world.counts()
    assert (counts["ready"], counts["to_confirm"]) == (0, 1)


async def test_a_change_does_not_bring_a_removed_member_back(world: World):
    people = await world.ready_people(1)
    await world.remove_people(people)
    await world.change_people(people)
    assert (await world.counts())["ready"] == 0


async def test_a_new_name_makes_statuses_stale(world: World):
    people = await world.ready_people(1)
    world.bench.clock.instant += timedelta(hours=1)
    people[0].name = "李新名"
    await world.change_people(people, renamed=[people[0].member_id])
    [row] = await world.tab("ready")
    assert (row["stale"], row["name"]) == (True, "李新名")


@pytest.mark.row("F154", "F126")
async def test_names_and_numbers_are_searched_in_a_body_and_shown_masked_to_the_city(world: World):
    people = await world.ready_people(3)
    for filters in ({"number": people[1].number}, {"name": people[1].name}, {"member_no": people[1].member_no}):
        answer = await world.post("/candidates/search", {"union_id": str(world.union), "tab": "ready", **filters})
        assert [row["member_id"] for row in answer.json()["items"]] == [str(people[1].member_id)]
    listed = await world.get("/candidates", role="municipal", scope=world.city, union_id=str(world.union))
    assert {row["name"] for row in listed["items"]} == {"王*明"}
    assert all("********" in row["masked_number"] for row in listed["items"])


async def test_a_list_is_paged_by_fifteen(world: World):
    await world.ready_people(16)
    first = await world.get("/candidates", union_id=str(world.union))
    second = await world.get("/candidates", union_id=str(world.union), page=2)
    assert (first["total"], len(first["items"]), len(second["items"])) == (16, 15, 1)


@pytest.mark.row("D02")
async def test_another_union_sees_nothing_of_it_and_foreign_ids_answer_as_unknown_ones(world: World):
    [one] = await world.ready_people(1)
    stranger, union = UUID(int=7), {"union_id": str(world.union)}
    lists = ("/candidates", "/candidates/summary", "/candidates/export", "/confirmations", "/figures", "/batches")
    asks = [("GET", path, union, None) for path in lists]
    asks += [("GET", f"/candidates/{who}/reasons", {}, None) for who in (one.member_id, uuid4())]
    asks += [("GET", f"/candidates/{who}/number", {}, None) for who in (one.member_id, uuid4())]
    for path in ("/candidates/search", "/candidates/selection", "/candidates/search/export", "/confirmations/search"):
        asks.append(("POST", path, {}, union))
    asks += [("POST", "/confirmations/prompt", {}, union), ("POST", "/checks", {}, union)]
    asks.append(("POST", "/confirmations", {}, union | {"all": True}))
    for method, path, query, body in asks:
        headers = world.bench.token("handler", stranger)
        answer = await world.bench.client.request(method, path, headers=headers, params=query, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), path


@pytest.mark.row("A61")
async def test_a_number_that_is_there_is_no_miss_whatever_else_was_asked(world: World):
    """Two searches for each of ten numbers find nothing, because they search 待校验, but the people are in 待提交. The
    numbers belong to members, so these searches must not count as misses."""
    people = await world.ready_people(10)
    headers = world.bench.token("municipal", None)
    world.bench.runtime.settings.number_misses_a_day = 1
    for one in people:
        request = {"union_id": str(world.union), "tab": "to_verify", "number": one.number}
        for path in ("/candidates/search", "/candidates/search/export"):
            answer = await world.bench.client.post(path, headers=headers, json=request)
            assert answer.status_code == 200, answer.text
    for number, status in (("310101200001010010", 200), ("310101200001010029", 429)):
        answer = await world.bench.client.post(path, headers=headers, json=request | {"number": number})
        assert answer.status_code == status, number
