"""The year and dates of a submission, and the lines that share a batch number."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from integration.enrollment_svc.enrollment_world import HALF_2024, Someone, World, roster

from chassis.domain import SHANGHAI
from contracts.enrollments import BatchSubmitted
from contracts.fields import Part, Shares
from contracts.notices import EnrollmentNotice
from contracts.reviews import BatchCompleted, BatchReturned
from contracts.words import StartRule
from enrollment_svc.settings import rules

SUBMISSION = "CB202405109000"


@pytest.fixture
def set_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def set_(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"UE_{name.upper()}", value)
        rules.cache_clear()

    yield set_
    monkeypatch.undo()
    rules.cache_clear()


async def at(world: World, *instant: int, people: list[Someone]) -> None:
    """Set the clock to this instant, and store fresh statuses."""
    world.bench.clock.instant = datetime(*instant, tzinfo=SHANGHAI)
    await world.verify(people)


@pytest.mark.row("A36", "A55", "F192", "F198", "D27")
async def test_both_types_have_their_windows_and_stand_in_one_list(world: World):
    await world.set_rates(year=2024)
    await world.set_rates(year=2025)
    people = await world.ready_people(3)
    one, other, third = ([str(person.member_id)] for person in people)
    await at(world, 2024, 11, 30, 23, 59, 59, people=people)
    early = await world.submit(enrollment_type="centralized", year=2025, member_ids=one)
    assert (early.json()["code"], early.json()["detail"]["opens_on"]) == ("WINDOW_CLOSED", "2024-12-01")
    await at(world, 2024, 12, 1, people=people)
    yearly = (await world.submit(enrollment_type="centralized", member_ids=one)).json()
    assert (yearly["year"], yearly["start_on"], yearly["end_on"]) == (2025, "2025-01-01", "2025-12-31")
    assert (yearly["term"]["label"], yearly["start_rule"]["code"]) == ("全年", "submit_next_day")
    # The same person can still get cover for the rest of this year.
    both = (await world.submit(member_ids=[*one, *other])).json()
    assert (both["year"], both["start_on"], both["term"]["label"]) == (2024, "2024-12-02", "半年")
    shown = {row["enrollment_type"]["label"]: row for row in (await world.get("/batches"))["items"]}
    assert {label: row["heads"] for label, row in shown.items()} == {"集中参保": 1, "即时参保": 2}
    [only] = (await world.get("/batches", enrollment_type="centralized"))["items"]
    assert only["batch_no"] == yearly["batch_no"]

    spring = {"opens_on": "2025-01-01", "closes_on": "2025-06-30"}
    path = "/windows/2025/centralized"
    assert (await world.put(path, spring, role="reviewer", scope=world.district)).status_code == 403
    assert (await world.put(path, spring | {"closes_on": "2026-01-01"})).json()["code"] == "WINDOW_INVALID"
    assert (await world.put(path, spring)).json()["version"] == 1
    assert (await world.put(path, spring | {"version": 0})).json()["code"] == "STALE_VERSION"
    closed = await world.submit(enrollment_type="centralized", year=2025, member_ids=third)
    assert closed.json()["code"] == "WINDOW_CLOSED"
    await world.put("/windows/2024/centralized", {"opens_on": "2023-12-01", "closes_on": "2024-12-31"})
    await world.put(path, {"opens_on": "2024-12-01", "closes_on": "2025-01-31"})
    unsure = await world.submit(enrollment_type="centralized", member_ids=third)
    assert (unsure.json()["code"], unsure.json()["detail"]["years"]) == ("YEAR_NOT_CHOSEN", [2024, 2025])
    listed = (await world.get("/windows"))["items"]
    assert [(w["year"], w["open"]) for w in listed if w["enrollment_type"]["code"] == "centralized"] == [
        (2024, True),
        (2025, True),
    ]


@pytest.mark.row("A55", "A02", "A10")
async def test_a_line_under_review_on_new_years_day_completes_but_a_returned_one_is_too_late(world: World):
    await world.set_rates(year=2024)
    await world.set_rates("B", year=2025)
    people = await world.ready_people(2)
    await at(world, 2024, 12, 30, 23, 59, 59, people=people)
    [first, second] = [(await world.submit(member_ids=[str(one.member_id)])).json() for one in people]
    assert (first["start_on"], first["term"]["label"]) == ("2024-12-31", "半年")
    await at(world, 2025, 1, 2, people=people)
    await world.complete_line(first["batch_no"], first["lines"][0], SUBMISSION)
    shown = await world.get(f"/batches/{first['batch_no']}")
    assert (shown["state"]["label"], shown["lines"][0]["start_on"]) == ("已完成", "2024-12-31")
    await world.return_line(second["batch_no"], second["lines"][0])
    late = await world.submit(year=2024, member_ids=[str(people[1].member_id)])
    assert (late.json()["code"], late.json()["message"]) == ("YEAR_CLOSED", "本保障年度已截止")
    # The new year has a plan of its own, and the same people can be submitted again.
    assert (await world.submit(all=True, plan="B")).json()["heads"] == 2


@pytest.mark.row("A47", "A12", "A13")
async def test_a_number_is_joined_on_its_day_until_a_reviewer_acts(world: World, set_rules: Any):
    await world.set_rates()
    await world.ready_people(1)
    holders = [Someone(f"赵{n}", f"31010119950505{n:04d}", f"0078{n:05d}", has_service_card=True) for n in range(4)]
    await world.import_people(holders)
    await world.verify(holders, None)

    async def card(holder: Someone) -> dict[str, Any]:
        answer = await world.submit(channel="service_card", member_ids=[str(holder.member_id)])
        return answer.json()  # type: ignore[no-any-return]

    first = (await world.submit(all=True)).json()
    joined = await card(holders[0])
    assert (joined["batch_no"], joined["joined"]) == (first["batch_no"], True)
    # The first batch already has a line of this unit and channel, so the next submission gets a new batch number.
    second = await card(holders[1])
    assert (second["batch_no"], second["joined"]) == ("CB202405100002", False)
    await world.return_line(second["batch_no"], second["lines"][0])
    # A reviewer has acted on both batch numbers, so a new line of any channel gets a new number.
    await world.return_line(first["batch_no"], first["lines"][0])
    assert (await world.submit(all=True)).json()["batch_no"] == "CB202405100003"
    world.bench.clock.instant += timedelta(days=1)
    assert (await card(holders[2]))["batch_no"] == "CB202405110001"
    set_rules(join_numbers="false")
    await world.ready_people(1, prefix="31010119920202")
    apart = (await world.submit(all=True)).json()
    assert (apart["batch_no"], apart["joined"]) == ("CB202405110002", False)


@pytest.mark.row("A01", "A03")
async def test_where_the_approval_settles_the_start_the_unit_shows_what_was_settled(world: World, set_rules: Any):
    set_rules(start_rule="approve_next_day")
    await world.set_rates()
    people = roster(2)
    await world.import_people(people)
    await at(world, 2024, 6, 29, 9, people=people)
    batch = (await world.submit(all=True)).json()
    assert (batch["start_rule"]["label"], batch["start_on"]) == ("审核通过的第二天", "2024-06-30")
    [event] = await world.published(BatchSubmitted)
    assert (event.start_rule, event.half_year_from) == (StartRule.APPROVE_NEXT_DAY, "07-01")
    assert event.half_year_rate == Shares.model_validate(HALF_2024)
    [line] = batch["lines"]
    settled = BatchCompleted(
        batch_no=batch["batch_no"],
        line_id=line["line_id"],
        union_id=world.union,
        unit_id=world.unit,
        submission_no=SUBMISSION,
        heads=2,
        fee=Shares.of(city=1300, district=1300),
        completed_at=world.bench.clock.now(),
        start_on="2024-07-03",
        end_on="2024-12-31",
        term="half_year",
        rate=HALF_2024,
    )
    await world.deliver(settled)
    shown = await world.get(f"/batches/{batch['batch_no']}")
    [one] = shown["lines"]
    assert (one["start_on"], one["term"]["label"], one["rate"]["total_fen"]) == ("2024-07-03", "半年", 1300)
    assert (shown["fee"]["total_fen"], shown["people"]["items"][0]["start_on"]) == (2600, "2024-07-03")
    assert (await world.get(f"/batches/{batch['batch_no']}/proof"))["agrees"] is True


@pytest.mark.row("D06", "A48", "F196")
async def test_a_return_in_several_parts_is_notified_once(world: World):
    await world.set_rates()
    people = await world.ready_people(5)
    batch = (await world.submit(all=True)).json()
    [line] = batch["lines"]
    world.bench.clock.instant += timedelta(hours=1)
    for index in range(2):
        await world.deliver(
            BatchReturned(
                batch_no=batch["batch_no"],
                line_id=line["line_id"],
                union_id=world.union,
                unit_id=world.unit,
                whole=False,
                part=Part(index=index, count=2),
                member_ids=[one.member_id for one in people[index * 2 : index * 2 + 2]],
                reason="材料不齐",
                returned_by_union_id=world.street,
                returned_by_union="金桥街道总工会",
                returned_at=world.bench.clock.now(),
                heads=1,
                fee=Shares.of(city=1300, district=1300),
            )
        )
    returned = [notice for notice in await world.published(EnrollmentNotice) if notice.about == batch["batch_no"]]
    assert [(notice.kind.value, notice.role.value, notice.union_id) for notice in returned] == [
        ("people_returned", "handler", world.union)
    ]
    shown = await world.get(f"/batches/{batch['batch_no']}", state="held")
    assert (shown["heads"], shown["fee"]["total_fen"], shown["people"]["total"]) == (1, 2600, 1)
    assert shown["updated_at"] > shown["submitted_at"]
