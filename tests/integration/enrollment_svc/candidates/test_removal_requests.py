"""A unit requests the removal of members. The request is refused for members who are already submitted, and members
who are removed first cannot be submitted any more (A57)."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from integration.enrollment_svc.enrollment_world import Someone, World

from chassis.testing import Bench
from contracts.enrollments import BatchSubmitted, RemovalDecided
from enrollment_svc.store.candidates import candidates
from support.locks import waits


async def answered(world: World, people: Sequence[Someone]) -> RemovalDecided:
    """Deliver the removal request and return the event that answers it."""
    await world.deliver(world.removal(people))
    answer: RemovalDecided = (await world.published(RemovalDecided))[-1]
    return answer


def ids(people: Sequence[Someone]) -> list[Any]:
    return [one.member_id for one in people]


@pytest.mark.row("A57")
async def test_a_request_before_the_submission_is_granted_and_nobody_submits_him(world: World):
    await world.set_rates()
    people = await world.ready_people(2)
    answer = await answered(world, people[:1])
    assert (answer.granted, answer.refused) == (ids(people[:1]), [])
    assert (await world.counts())["ready"] == 1
    late = await world.submit(member_ids=[str(people[0].member_id)])
    assert [one["code"] for one in late.json()["detail"]["refused"]] == ["NOT_FOUND"]
    assert await world.published(BatchSubmitted) == []


@pytest.mark.row("A57")
async def test_a_request_after_the_submission_is_refused_and_the_line_stays_whole(world: World):
    await world.set_rates()
    people = await world.ready_people(3)
    await world.submit(member_ids=[str(one.member_id) for one in people[:2]])
    answer = await answered(world, people)
    assert answer.granted == ids(people[2:])
    assert {one.member_id: one.code for one in answer.refused} == dict.fromkeys(ids(people[:2]), "UNDER_REVIEW")
    why = await world.get(f"/candidates/{people[0].member_id}/reasons", year=2024)
    assert [one["code"] for one in why["reasons"]] == ["ALREADY_ENROLLED"]


@pytest.mark.row("A57", "A49")
async def test_who_came_back_from_review_may_go(world: World):
    await world.set_rates()
    people = await world.ready_people(1)
    submitted = (await world.submit(all=True)).json()
    await world.return_line(submitted["batch_no"], submitted["lines"][0])
    answer = await answered(world, people)
    assert (answer.granted, (await world.counts())["ready"]) == (ids(people), 0)


@pytest.mark.row("A57")
async def test_who_is_covered_may_go_while_batch_cover_and_city_key_stay(world: World):
    await world.set_rates()
    people = await world.ready_people(1)
    submitted = (await world.submit(all=True)).json()
    await world.complete_line(submitted["batch_no"], submitted["lines"][0], "CB202405109001")
    assert (await answered(world, people)).granted == ids(people)
    assert (await world.get(f"/batches/{submitted['batch_no']}"))["heads"] == 1
    await world.import_people(people)
    again = await world.submit(member_ids=[str(people[0].member_id)])
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_ENROLLED")


async def test_a_request_that_comes_twice_is_answered_once(world: World, bench: Bench):
    people = await world.ready_people(1)
    records = await bench.deliver(world.removal(people))
    await bench.redeliver(records)
    assert len(await world.published(RemovalDecided)) == 1
    assert await bench.dead_letters() == []


@pytest.mark.row("A57", "A43")
async def test_an_import_behind_the_request_brings_the_member_back(world: World):
    people = await world.ready_people(1)
    await answered(world, people)
    await world.import_people(people)
    assert (await world.counts())["ready"] == 1
    await world.remove_people(people)
    assert (await world.counts())["ready"] == 0


@pytest.mark.row("A57", "D16")
@pytest.mark.parametrize("first", ["request", "submission"])
async def test_request_and_submission_at_once_end_in_one_of_the_two_ways(world: World, bench: Bench, first: str):
    await world.set_rates()
    people = await world.ready_people(12)
    for pair in (people[n : n + 2] for n in range(0, len(people), 2)):
        request = bench.record(world.removal(pair))
        acts = [bench.redeliver([request]), world.submit(member_ids=[str(one.member_id) for one in pair])]
        await asyncio.gather(*(acts if first == "request" else reversed(acts)))
    submitted = {person.member_id for event in await world.published(BatchSubmitted) for person in event.people}
    answers = await world.published(RemovalDecided)
    granted = {member_id for answer in answers for member_id in answer.granted}
    refused = {one.member_id for answer in answers for one in answer.refused}
    assert granted & submitted == set()
    assert refused == submitted
    assert granted | refused == set(ids(people))
    assert await bench.dead_letters() == []


@pytest.mark.row("A57", "D16")
@pytest.mark.parametrize("act", ["request", "submission"])
async def test_request_and_submission_wait_for_whoever_holds_the_unit(world: World, bench: Bench, act: str):
    """Request and submission lock the unit, so the second one reads only after the first has committed."""
    await world.set_rates()
    people = await world.ready_people(1)
    async with bench.database.connection() as holder, bench.database.connection() as watcher:
        async with holder.transaction():
            await candidates.lock_units(holder, [world.unit])
            deed = bench.deliver(world.removal(people)) if act == "request" else world.submit(all=True)
            doing = asyncio.create_task(deed)
            waited = await waits(doing, watcher)
        await doing
    assert waited, f"the {act} did not wait"
