"""Waits until all work is done and nothing has changed for a period.

The period is longer than every time-out after which a process can come back and change data. A comparison that starts
too early reports false losses.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError

from chassis.database import leases
from chassis.jobs import job_worker
from contracts.topics import Topic
from enrollctl.errors import Failure
from enrollctl.streams.kafka_admin import committed_offsets, kafka_admin
from enrollctl.streams.topics import offset_ranges
from faults.checks.reconciliation import Reconciliation
from faults.checks.stores import Store, fetch
from faults.rig.rig_stack import SESSION_TIMEOUT_MS

#: Longer than a consumer's session, so that Kafka has removed a killed consumer from its group when this time is over.
#: Rows that a dead process has leased count as open work until their lease expires, so this time begins after that.
QUIET_S = SESSION_TIMEOUT_MS / 1000 + 2
#: Longer than the leases of relays and jobs, for scenarios after which a living process possibly comes back late.
LATE_QUIET_S = max(leases.TTL_S, job_worker.LEASE_S) + 2
#: If nothing changes for this long although work is left, waiting longer does not help.
STALLED_S = 45.0
LONGEST_S = 420.0

#: Values that change while services work. A job that waits for its next attempt is work; a job that was given up is
#: not.
MOVEMENT = """
    SELECT (SELECT count(*) FROM outbox) AS unpublished,
           (SELECT count(*) FROM jobs WHERE state = 'due') AS due,
           (SELECT coalesce(sum(attempts), 0) FROM jobs) AS attempts,
           (SELECT coalesce(sum(last), 0) FROM inbox_positions) AS read,
           (SELECT coalesce(sum(last), 0) FROM outbox_sequences) AS told,
           (SELECT count(*) FROM dead_letters WHERE state NOT IN ('replayed', 'discarded')) AS letters"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of all services. `movement`: values that change while services work. `open_work`: kind of open work →
    its amount.
    """

    movement: tuple[Any, ...]
    open_work: dict[str, int]


@dataclass(frozen=True, slots=True)
class WorkMonitor:
    """Counts the open work in every database, and the lag of the consumer group of every service."""

    bootstrap: str
    stores: Sequence[Store]

    async def snapshot(self) -> Snapshot:
        movement: list[Any] = []
        open_work: dict[str, int] = {}
        for store in self.stores:
            [row] = await fetch(store.url, MOVEMENT)
            movement += row.values()
            open_work |= {f"{store.service} {name}": row[name] for name in ("unpublished", "due") if row[name]}
        if open_work:
            return Snapshot(tuple(movement), open_work)
        for group, lag in (await self._lags()).items():
            movement.append(lag)
            if lag:
                open_work[f"{group} lag"] = lag
        return Snapshot(tuple(movement), open_work)

    async def unread(self) -> dict[str, int]:
        """Service or topic → the number of events that are not published or not read yet. Jobs do not count."""
        counts = {store.service: await fetch(store.url, "SELECT count(*) FROM outbox") for store in self.stores}
        waiting = {f"{service} unpublished": rows[0][0] for service, rows in counts.items()}
        waiting |= {f"{group} lag": lag for group, lag in (await self._lags()).items()}
        return {what: count for what, count in waiting.items() if count}

    async def _lags(self) -> dict[str, int]:
        topics: dict[str, Topic] = {topic.name: topic for store in self.stores for topic in store.reads}
        ranges = await offset_ranges(self.bootstrap, topics.values())
        lags: dict[str, int] = {}
        async with kafka_admin(self.bootstrap, patience=10) as admin:
            for store in self.stores:
                done = await committed_offsets(admin, store.service)
                topic_names = {topic.name for topic in store.reads}
                lags[store.service] = sum(
                    end - max(done.get(place, 0), begin)
                    for place, (begin, end) in ranges.items()
                    if place.topic in topic_names
                )
        return lags


def wait_for_quiet(monitor: WorkMonitor, quiet_s: float = QUIET_S, stalled_s: float = STALLED_S) -> Reconciliation:
    """Return when all work is done and nothing has changed for `quiet_s`.

    If work is left and nothing changes for `stalled_s`, that work counts as stuck.
    """
    started = moved_at = time.monotonic()
    before: Snapshot | None = None
    while True:
        snapshot = _snapshot(monitor)
        now = time.monotonic()
        if before is None or snapshot.movement != before.movement:
            moved_at = now
        before = snapshot
        if not snapshot.open_work and now - moved_at >= quiet_s:
            return Reconciliation()
        if now - moved_at >= stalled_s or now - started >= LONGEST_S:
            reconciliation = Reconciliation()
            for what, count in snapshot.open_work.items():
                reconciliation.find("stuck", f"{what} after {now - started:.0f} s", count)
            return reconciliation
        time.sleep(1.0)


def _snapshot(monitor: WorkMonitor) -> Snapshot:
    """One snapshot; an unreachable component counts as open work."""
    try:
        return asyncio.run(monitor.snapshot())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, Failure) as error:
        return Snapshot((time.monotonic(),), {f"unreachable: {type(error).__name__}": 1})
