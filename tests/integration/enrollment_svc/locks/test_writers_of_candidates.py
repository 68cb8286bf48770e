"""A submission locks units and no people.

A transaction that changes people of a unit must therefore wait while a submission has locked the unit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, RETIRED, UNCLEAR, Someone, World, roster

from chassis.testing import Bench
from enrollment_svc.store.candidates import candidates
from support.locks import waits

People = Sequence[Someone]


async def confirm(world: World, people: People) -> None:
    answer = await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    assert answer.status_code == 200, answer.text


async def check(world: World, people: People) -> None:
    answer = await world.post("/checks", {"union_id": str(world.union), "year": 2024})
    assert answer.status_code == 202, answer.text


WRITERS: dict[str, Callable[[World, People], Awaitable[Any]]] = {
    "import": lambda world, people: world.import_people(people),
    "import of somebody new": lambda world, people: world.import_people(roster(1, "31010119950505")),
    "change": lambda world, people: world.change_people(people, [people[0].member_id]),
    "removal": lambda world, people: world.remove_people(people),
    "request of a removal": lambda world, people: world.deliver(world.removal(people)),
    "answer of the registries": lambda world, people: world.verify(people, NORMAL, RETIRED),
    "confirmation": confirm,
    "promise of a check": check,
}


@pytest.mark.row("D15", "D16")
@pytest.mark.parametrize("writer", WRITERS)
async def test_a_writer_waits_for_whoever_holds_the_unit(world: World, bench: Bench, writer: str):
    people = roster(2)
    await world.verify(people, NORMAL, UNCLEAR, job=await world.import_people(people))
    await world.verify(people[:1], NORMAL, EMPLOYED)
    async with bench.database.connection() as holder, bench.database.connection() as watcher:
        async with holder.transaction():
            await candidates.lock_units(holder, [world.unit])
            writing = asyncio.ensure_future(WRITERS[writer](world, people))
            waited = await waits(writing, watcher)
        await writing
    assert waited, f"the {writer} did not wait"


@pytest.mark.row("A54", "A59")
async def test_a_death_known_in_another_unit_waits_for_whoever_holds_the_persons_unit(world: World, bench: Bench):
    elsewhere = (uuid4(), uuid4())
    await world.add_grassroots(elsewhere[0], [elsewhere[1]])
    await world.ready_people(1)
    other = await world.ready_people(1, union=elsewhere[0], unit=elsewhere[1])
    async with bench.database.connection() as holder, bench.database.connection() as watcher:
        async with holder.transaction():
            await candidates.lock_units(holder, [world.unit])
            telling = asyncio.ensure_future(world.verify(other, NORMAL, RETIRED, union=elsewhere[0], unit=elsewhere[1]))
            waited = await waits(telling, watcher)
        await telling
    assert waited


@pytest.mark.row("A54", "A59")
async def test_a_submission_waits_for_whoever_holds_another_unit_of_its_people(world: World, bench: Bench):
    await world.set_rates()
    elsewhere = (uuid4(), uuid4())
    await world.add_grassroots(elsewhere[0], [elsewhere[1]])
    await world.ready_people(1)
    await world.import_people(roster(1), union=elsewhere[0], unit=elsewhere[1])
    async with bench.database.connection() as holder, bench.database.connection() as watcher:
        async with holder.transaction():
            await candidates.lock_units(holder, [elsewhere[1]])
            submitting = asyncio.ensure_future(world.submit(all=True))
            waited = await waits(submitting, watcher)
        answer = await submitting
    assert (waited, answer.status_code) == (True, 201)


async def test_locks_are_released_before_more_units_are_locked(world: World, bench: Bench):
    """A person is a member of two units. A submission first locks its own unit alone. When it finds the other unit, it
    releases this lock and locks both units at once."""
    units = sorted((world.unit, uuid4()), key=str)
    other = uuid4()
    await world.add_grassroots(other, [one for one in units if one != world.unit])
    await world.import_people(roster(1))
    await world.import_people(roster(1), union=other, unit=next(one for one in units if one != world.unit))
    async with bench.database.connection() as connection, connection.transaction():
        assert await candidates.lock_units_of_people(connection, world.union, [world.unit], None)
        held = await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
    async with bench.database.connection() as connection, connection.transaction():
        assert not await candidates.lock_units_of_people(connection, uuid4(), [world.unit], None)
    assert held == 2
