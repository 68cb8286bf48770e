"""Only one replica at a time runs a periodic job. When that replica ends, another one takes over."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

import pytest

from chassis.database import UnitOfWork
from chassis.database.maintenance_gate import UnderMaintenance
from chassis.health import HealthState
from chassis.jobs import PeriodicLoop, periodic
from chassis.ops import maintenance_state
from chassis.testing import Bench
from contracts.event import Event


class Counting:
    name: ClassVar[str] = "counting"
    every_s = 3600.0

    def __init__(self, *, fails: int = 0) -> None:
        self.turns, self.fails, self.turned = 0, fails, asyncio.Event()

    async def run(self, work: UnitOfWork) -> Iterable[Event]:
        if self.fails:
            self.fails -= 1
            raise ValueError("trouble")
        self.turns += await work.connection.fetchval("SELECT 1")
        self.turned.set()
        return []


async def test_one_replica_runs_the_job_and_the_other_takes_over_when_it_ends(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic, "TICK_S", 0.02)
    jobs = [Counting(fails=1), Counting()]
    loops = [PeriodicLoop(bench.database, job, HealthState()) for job in jobs]
    first = asyncio.create_task(loops[0].run())
    async with asyncio.timeout(30):
        await jobs[0].turned.wait()
    second = asyncio.create_task(loops[1].run())
    await asyncio.sleep(0.2)
    assert jobs[1].turns == 0
    loops[0].stop()
    await first
    async with asyncio.timeout(30):
        await jobs[1].turned.wait()
    loops[1].stop()
    await second
    assert [job.turns for job in jobs] == [1, 1]


async def test_no_turn_begins_while_a_backup_is_taken(bench: Bench) -> None:
    async with bench.database.connection() as connection, connection.transaction():
        await maintenance_state.enter(connection, "draining", "operator", "backup")
    job = Counting()
    with pytest.raises(UnderMaintenance):
        await PeriodicLoop(bench.database, job, HealthState()).turn()
    assert job.turns == 0
