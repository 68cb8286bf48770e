"""Finds the kinds of jobs that are due, with one query per second for all workers of the process together."""

import asyncio
from collections.abc import Sequence

import structlog

from chassis.database import Database
from chassis.health import HealthState
from chassis.resilience import backoff_s, describe, wait_up_to
from chassis.sql import Statement

log = structlog.get_logger()

EVERY_S = 1.0
#: Searches the index once for each kind, however many jobs are due.
DUE_KINDS = Statement(
    """SELECT k.kind FROM unnest(:kinds::text[]) AS k (kind)
       WHERE EXISTS (SELECT 1 FROM jobs AS j WHERE j.state = 'due' AND j.kind = k.kind AND j.next_at <= now())"""
)


class DueJobs:
    """Wakes the workers of the kinds that have due jobs, such as jobs that another replica added or did not finish."""

    loop = "due_jobs"

    def __init__(self, database: Database, kinds: Sequence[str], health: HealthState) -> None:
        self._database = database
        self._kinds = list(kinds)
        self._health = health
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Look for due jobs until `stop` is called. After an error the loop waits with a backoff; no error ends it."""
        failures = 0
        while not self._stop.is_set():
            self._health.tick(self.loop)
            try:
                await self.look()
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("due_jobs_backed_off", message=describe(error))
            await wait_up_to(backoff_s(failures, most_s=5.0) if failures else EVERY_S, self._stop)
        self._health.ended(self.loop)

    def stop(self) -> None:
        self._stop.set()

    async def look(self) -> None:
        """Wake the workers of the kinds that have due jobs."""
        async with self._database.connection() as connection:
            rows = await DUE_KINDS.fetch(connection, kinds=self._kinds)
        self._database.committed(events=False, kinds=[row["kind"] for row in rows])
