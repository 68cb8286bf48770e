"""Many units share one lock, which is called a slot. So a command of a large union does not fill PostgreSQL's lock
table, which all sessions share."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from integration.enrollment_svc.enrollment_world import World

from chassis.testing import Bench
from enrollment_svc.store.candidates import candidates
from enrollment_svc.store.slots import SLOTS

UNIONS, UNITS = 5, 5_000
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


def ids(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


async def locks_of(bench: Bench, units: Sequence[UUID], busy_s: float = 0) -> int:
    """The number of advisory locks that a transaction holds after it has locked these units."""
    async with bench.database.connection() as connection, connection.transaction():
        await candidates.lock_units(connection, units)
        await asyncio.sleep(busy_s)
        held: int = await connection.fetchval(HELD)
    return held


async def test_transactions_over_unions_of_five_thousand_units_run_side_by_side(bench: Bench, world: World):
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(locks_of(bench, ids(UNITS), busy_s=0.2)) for _ in range(UNIONS)]
    assert max(task.result() for task in running) <= SLOTS


async def test_however_many_units_are_locked_the_locks_are_bounded(bench: Bench, world: World):
    assert await locks_of(bench, ids(60_000)) == SLOTS


async def test_a_unit_named_twice_is_one_lock_and_two_units_are_two(bench: Bench, world: World):
    one, two = UUID(int=1), UUID(int=2)
    assert await locks_of(bench, [one, one]) == 1
    assert await locks_of(bench, [one, two]) == 2
    assert await locks_of(bench, []) == 0


async def test_a_unit_is_locked_against_another_transaction_whatever_its_id_is_written_as(bench: Bench, world: World):
    unit = uuid4()
    async with bench.database.connection() as first, first.transaction():
        await candidates.lock_units(first, [unit])
        async with bench.database.connection() as second, second.transaction():
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(candidates.lock_units(second, [str(unit)]), 0.3)


async def test_transactions_that_lock_many_units_in_any_order_never_deadlock(bench: Bench, world: World):
    units = ids(300)
    halves = [units, units[::-1], units[100:], units[:200][::-1]]
    async with asyncio.TaskGroup() as group:
        for half in halves * 5:
            group.create_task(locks_of(bench, half))
