"""Periodic jobs: each runs at an interval, on one replica at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import structlog

from chassis.database import Database, Lease, UnitOfWork, maintenance_gate
from chassis.health import HealthState
from chassis.resilience import backoff_s, describe, wait_up_to
from chassis.sql import Connection
from contracts.event import Event

log = structlog.get_logger()

TICK_S = 1.0


class PeriodicJob(Protocol):
    """A periodic job. In spite of the lease, two replicas can run it at the same time. If an effect must happen only
    once, the job's own SQL statements must ensure this.
    """

    @property
    def name(self) -> str:
        """The name in the lease, in logs and in health checks."""

    @property
    def every_s(self) -> float:
        """The interval after the last run. The loop reads it after each run."""

    async def run(self, work: UnitOfWork) -> Iterable[Event]:
        """Run once, in one transaction. The current time is `work.now`, from the business clock."""


@dataclass(frozen=True, slots=True)
class PeriodicStatement:
    """A periodic job that only calls `execute` with the connection of its transaction, and publishes no event."""

    name: str
    every_s: float
    execute: Callable[[Connection], Awaitable[object]]

    async def run(self, work: UnitOfWork) -> Iterable[Event]:
        await self.execute(work.connection)
        return ()


class PeriodicLoop:
    """Runs one job while this replica holds the job's lease."""

    def __init__(self, database: Database, job: PeriodicJob, health: HealthState) -> None:
        self._database = database
        self._job = job
        self._health = health
        self.loop = f"periodic.{job.name}"
        self._lease = Lease(database, self.loop)
        self._stop = asyncio.Event()
        self._next_at = 0.0

    async def run(self) -> None:
        """Run until `stop` is called. After an error the loop waits with a backoff; no error ends it."""
        failures = 0
        while not self._stop.is_set():
            self._health.tick(self.loop)
            try:
                await self._turn_if_due()
                failures = 0
                await wait_up_to(TICK_S, self._stop)
            except Exception as error:
                failures += 1
                log.warning("periodic_backed_off", job=self._job.name, message=describe(error))
                await wait_up_to(backoff_s(failures, most_s=30.0), self._stop)
        self._health.ended(self.loop)
        with suppress(Exception):
            await self._lease.release()

    def stop(self) -> None:
        self._stop.set()

    async def turn(self) -> None:
        """Run the job once, even without the lease. Raises UnderMaintenance while the service accepts no commands."""
        async with self._database.work(uuid4()) as work:
            await maintenance_gate.admit_act(work.connection)
            work.emit(await self._job.run(work))

    async def _turn_if_due(self) -> None:
        if await self._lease.held() and time.monotonic() >= self._next_at:
            await self.turn()
            self._next_at = time.monotonic() + self._job.every_s
