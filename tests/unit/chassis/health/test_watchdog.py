"""The watchdog notices every loop of a service that stalls. It does not restart the same loop again and again."""

import asyncio
import json
import subprocess
import sys

import pytest

from chassis.consumers.stall_detector import StallDetector
from chassis.health import EXIT_CODE, HealthState, Watchdog
from chassis.health.watchdog import NO_SECOND_RESTART_S
from chassis.resilience import within


class SettableClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Watched:
    """A watchdog over two loops, of which only the relay can be restarted."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.health = HealthState(self.clock)
        self.restarted: list[str] = []
        self.ended: list[str] = []
        self._dog = Watchdog(self.health, {"relay": self._restart}, self.ended.append)

    async def _restart(self, reason: str) -> None:
        self.restarted.append(reason)

    async def look(self) -> None:
        for loop, reason in self.health.stuck().items():
            await self._dog._on_stuck(loop, reason)


async def test_a_loop_is_restarted_once_and_ends_the_process_when_it_gets_stuck_again():
    watched = Watched()
    watched.health.tick("relay")
    watched.clock.at += 61
    await watched.look()
    assert (watched.restarted, watched.ended) == (["no tick for 61 s"], [])
    await watched.look()
    assert len(watched.restarted) == 1
    watched.clock.at += 61
    await watched.look()
    assert watched.ended == ["relay: no tick for 61 s, restarted before"]


async def test_a_loop_that_was_well_for_ten_minutes_is_restarted_again():
    watched = Watched()
    for _ in range(2):
        watched.health.tick("relay")
        watched.clock.at += 61
        await watched.look()
        watched.health.tick("relay")
        watched.clock.at += NO_SECOND_RESTART_S
        watched.health.tick("relay")
    assert (len(watched.restarted), watched.ended) == (2, [])


async def test_a_loop_that_cannot_be_restarted_ends_the_process_with_its_name():
    watched = Watched()
    watched.health.tick("job.ask")
    watched.clock.at += 61
    await watched.look()
    assert watched.ended == ["job.ask: no tick for 61 s"]


async def test_while_kafka_or_the_database_is_away_nothing_is_restarted_or_ended():
    watched = Watched()
    watched.health.tick("relay")
    for _ in range(100):
        watched.clock.at += 30
        watched.health.trouble("kafka", "no broker")
        await watched.look()
    watched.health.recovered("kafka")
    watched.clock.at += 30
    await watched.look()
    assert (watched.restarted, watched.ended) == ([], [])


def test_only_a_partition_with_unread_records_and_no_progress_waits():
    clock = SettableClock()
    watch = StallDetector(clock)
    ends = {"busy": 100, "stuck": 10, "read": 5}
    for position in (1, 2, 3):
        waits = watch.waiting({"busy": position, "stuck": 7, "read": 5}, ends)
        clock.at += 10
    assert waits == {"busy": 0.0, "stuck": 20.0}


async def test_work_that_hangs_while_it_cleans_up_is_not_awaited():
    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await within(0.05, stubborn())


SLEEPER = """
import asyncio, time
from chassis.system import configure_logs
from chassis.health import LastResort

async def main():
    configure_logs("sleeper")
    LastResort(0.2, every_s=0.1).start()
    time.sleep(30)

asyncio.run(main())
"""


def test_a_blocked_event_loop_ends_the_process_with_a_reason_and_a_stack():
    done = subprocess.run([sys.executable, "-c", SLEEPER], capture_output=True, text=True, timeout=30)
    assert done.returncode == EXIT_CODE
    entry = json.loads(done.stdout.splitlines()[-1])
    assert (entry["event"], entry["exit_code"]) == ("process_ended", EXIT_CODE)
    assert "has been blocked" in entry["reason"]
    assert "in main" in done.stderr
