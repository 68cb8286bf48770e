"""A submission and a decision of another service are about the same people and come at the same time. Whichever comes
first, the final state is one that a rule allows."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, Someone, World, roster, submitted_people

from chassis.database import UnitOfWork
from chassis.testing import Bench
from contracts.enrollments import BatchSubmitted, PeopleFlagged
from contracts.words import EmploymentStatus, UnionType
from enrollment_svc.usecases.batches import flags as flags_of_lines

DECEASED = EmploymentStatus.DECEASED
SUBMISSION_FIRST = pytest.mark.parametrize(
    "submission_first", [True, False], ids=["submission first", "the other first"]
)


async def submitted(world: World, people: Sequence[Someone]) -> list[str]:
    """Submit all; return the codes of the people who were refused, or an empty list if all were submitted."""
    answer = await world.submit(member_ids=[str(one.member_id) for one in people])
    if answer.status_code == 201:
        return []
    return [one["code"] for one in answer.json()["detail"].get("refused", [])] or [answer.json()["code"]]


@SUBMISSION_FIRST
@pytest.mark.row("A39", "D17")
async def test_a_service_card(world: World, submission_first: bool):
    await world.set_rates()
    people = await world.ready_people(1)
    if submission_first:
        assert await submitted(world, people) == []
    people[0].has_service_card = True
    await world.change_people(people)
    if not submission_first:
        assert await submitted(world, people) == ["HAS_SERVICE_CARD"]
    assert len(await world.published(BatchSubmitted)) == submission_first
    assert (await world.counts(channel="service_card"))["ready"] == (not submission_first)


@SUBMISSION_FIRST
@pytest.mark.row("A56")
async def test_a_unit_that_moves(world: World, bench: Bench, submission_first: bool):
    """The tree and the members are published on two topics. A submission is refused until both events have arrived."""
    await world.set_rates()
    people, target, own = await world.ready_people(1), uuid4(), uuid4()
    if submission_first:
        assert await submitted(world, people) == []
    above = [world.city, world.district, world.street]
    await world.add_union(world.union, UnionType.COMMITTEE, "金桥建设工会委员会", above, [own])
    await world.add_union(target, UnionType.COMMITTEE, "金桥劳务工会委员会", above, [world.unit])
    if not submission_first:
        assert await submitted(world, people) == ["UNION_UNKNOWN"]
    origin, world.union = world.union, target
    await world.change_people(people)
    world.union = origin
    if not submission_first:
        assert await submitted(world, people) == ["NOT_FOUND"]
        world.union = target
        assert await submitted(world, people) == []
    [line] = await world.published(BatchSubmitted)
    assert line.union_id == (origin if submission_first else target)
    assert await bench.dead_letters() == []


@SUBMISSION_FIRST
@pytest.mark.row("A56")
async def test_a_union_that_is_closed(world: World, submission_first: bool):
    await world.set_rates()
    people = await world.ready_people(1)
    if submission_first:
        assert await submitted(world, people) == []
    above = [world.city, world.district, world.street]
    await world.add_union(world.union, UnionType.COMMITTEE, "金桥建设工会委员会", above, [world.unit], active=False)
    if not submission_first:
        assert await submitted(world, people) == ["UNION_INACTIVE"]
    assert len(await world.published(BatchSubmitted)) == submission_first


@SUBMISSION_FIRST
@pytest.mark.row("A54", "F118")
async def test_a_death(world: World, submission_first: bool):
    await world.set_rates()
    people = await world.ready_people(1)
    if submission_first:
        assert await submitted(world, people) == []
    await world.verify(people, NORMAL, DECEASED)
    if not submission_first:
        assert await submitted(world, people) == ["DECEASED"]
    assert [flags(event) for event in await world.published(PeopleFlagged)] == [people[0].member_id] * submission_first


@SUBMISSION_FIRST
@pytest.mark.row("A54", "A59")
async def test_a_death_that_is_published_for_his_other_unit(world: World, submission_first: bool):
    """Each unit requests its own checks. The registry's last answer about a person reaches the reviewer of his line,
    whether it arrives before or after the submission, and even if another unit requested the check."""
    await world.set_rates()
    people, elsewhere = await world.ready_people(1), (uuid4(), uuid4())
    await world.add_grassroots(elsewhere[0], [elsewhere[1]])
    other = roster(1)
    await world.import_people(other, union=elsewhere[0], unit=elsewhere[1])
    if submission_first:
        assert await submitted(world, people) == []
    await world.verify(other, NORMAL, DECEASED, union=elsewhere[0], unit=elsewhere[1])
    if not submission_first:
        assert await submitted(world, people) == []
    assert submitted_people(await world.published(BatchSubmitted)) == [people[0].member_id]
    assert [flags(event) for event in await world.published(PeopleFlagged)] == [people[0].member_id]
    [line] = await world.published(BatchSubmitted)
    await world.return_line(line.batch_no, {"line_id": line.line_id, "unit_id": line.unit_id})
    assert (await world.counts())["ready"] == 0


@pytest.mark.row("A54", "A59")
async def test_a_death_told_of_his_other_unit_between_the_look_and_the_commit_of_a_submission(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    await world.set_rates()
    people, elsewhere = await world.ready_people(1), (uuid4(), uuid4())
    await world.add_grassroots(elsewhere[0], [elsewhere[1]])
    other = roster(1)
    await world.import_people(other, union=elsewhere[0], unit=elsewhere[1])
    flag_lines, flagged, verified = flags_of_lines.flag_submitted_lines, asyncio.Event(), asyncio.Event()

    async def flag_and_wait(line_ids: Sequence[UUID], work: UnitOfWork) -> list[PeopleFlagged]:
        found = await flag_lines(line_ids, work)
        flagged.set()
        # Possibly the subscriber that handles the death waits until this transaction commits, so the wait here has a
        # limit.
        with suppress(TimeoutError):
            await asyncio.wait_for(verified.wait(), 1.0)
        return found

    monkeypatch.setattr(flags_of_lines, "flag_submitted_lines", flag_and_wait)
    submission = asyncio.create_task(submitted(world, people))
    await flagged.wait()
    await world.verify(other, NORMAL, DECEASED, union=elsewhere[0], unit=elsewhere[1])
    verified.set()
    assert await submission == []
    assert [flags(event) for event in await world.published(PeopleFlagged)] == [people[0].member_id]


@pytest.mark.row("A54", "A59")
async def test_a_death_that_is_told_before_the_membership_it_is_told_of(world: World):
    """Members and statuses arrive on two topics. A person who is under review in another unit is flagged, whichever of
    the two events arrives first."""
    await world.set_rates()
    people, elsewhere = await world.ready_people(1), (uuid4(), uuid4())
    await world.add_grassroots(elsewhere[0], [elsewhere[1]])
    assert await submitted(world, people) == []
    other = roster(1)
    await world.verify(other, NORMAL, DECEASED, union=elsewhere[0], unit=elsewhere[1])
    await world.import_people(other, union=elsewhere[0], unit=elsewhere[1])
    assert [flags(event) for event in await world.published(PeopleFlagged)] == [people[0].member_id]


async def test_an_older_death_in_his_other_unit_flags_nobody_whom_his_own_has_asked_about_since(
    world: World, bench: Bench
):
    await world.set_rates()
    elsewhere = (uuid4(), uuid4())
    await world.add_grassroots(elsewhere[0], [elsewhere[1]])
    other = roster(1)
    await world.import_people(other, union=elsewhere[0], unit=elsewhere[1])
    earlier = bench.clock.now().replace(hour=8)
    await world.verify(other, NORMAL, DECEASED, union=elsewhere[0], unit=elsewhere[1], at=earlier)
    people = await world.ready_people(1)
    await world.verify(people, NORMAL, EMPLOYED)
    assert await submitted(world, people) == []
    assert await world.published(PeopleFlagged) == []


def flags(event: PeopleFlagged) -> UUID:
    [flag] = event.flags
    assert flag.employment is DECEASED
    return flag.member_id
