"""Outbound requests: work outside a transaction, committed before it is done, carried out by a leased worker."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from uuid import UUID, uuid4

import structlog
from opentelemetry.trace import SpanKind

from chassis import crash_points, metrics, tracing
from chassis.backoff import backoff_s
from chassis.causes import describe
from chassis.database import Database
from chassis.life import Life
from chassis.work import Work
from contracts.event import Event

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()

LEASE_S = 15.0
HEARTBEAT_S = 4.0
IDLE_S = 0.25
MOST_BACKOFF_S = 30.0

#: Lease due requests of kind $1, other than those that this worker has in hand ($5): an attempt whose heartbeats were
#: missed goes on, and a second one beside it is for another worker. They are compared with now(): no index is searched
#: for what clock_timestamp() may say of each row, and every request that waits would be read.
CLAIM = """
UPDATE outbound_requests AS r
SET leased_by = $2, attempts = attempts + 1, next_at = clock_timestamp() + $4 * interval '1 second'
FROM (SELECT id FROM outbound_requests
      WHERE state = 'due' AND kind = $1 AND next_at <= now() AND id <> ALL($5::uuid[])
        AND NOT EXISTS (SELECT 1 FROM maintenance WHERE state = 'stopped')
      ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
WHERE r.id = due.id
RETURNING r.id, r.kind, r.key, r.body, r.attempts, r.correlation_id, r.traceparent"""


class Unavailable(Exception):
    """The other side cannot answer now; asked again after a backoff, or after `retry_after` seconds.

    The message holds no personal data.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GiveUp(Exception):
    """Never to be asked again: the request ends as failed, counted and visible. No personal data in the message."""


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """`attempt` starts at 1; above 1, look up first whether it was done already."""

    id: UUID
    kind: str
    key: str
    body: dict[str, Any]
    attempt: int
    correlation_id: str
    traceparent: str | None


class Outbound(Protocol):
    """How requests of one kind are carried out."""

    kind: ClassVar[str]
    concurrency: ClassVar[int]

    async def perform(self, request: OutboundRequest) -> Any:
        """Outside any transaction; returns a JSON-able answer. Raises Unavailable or GiveUp."""

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> Iterable[Event] | None:
        """In the transaction that marks the request done."""


class LeaseLost(Exception):
    """Another worker has the request; nothing of this one's answer is kept."""


class OutboundWorker:
    """Carries out the requests of one kind, `concurrency` at a time."""

    def __init__(self, database: Database, outbound: Outbound, life: Life, *, idle_s: float = IDLE_S) -> None:
        """Rare kinds look every `idle_s` only, and a commit does not wake them when that is long."""
        self._database = database
        self._outbound = outbound
        self._life = life
        self.loop = f"outbound.{outbound.kind}"
        self._holder = uuid4().hex
        self._bell = asyncio.Event()
        self._stopping = False
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._idle_s = idle_s
        if idle_s <= IDLE_S:
            database.on_commit.append(self._bell.set)

    async def run(self) -> None:
        """Until `stop`; what is in hand then is let go and taken up by the next worker."""
        failures = 0
        while not self._stopping:
            self._life.tick(self.loop)
            try:
                await self._fill()
                await self._wait()
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("outbound_backed_off", kind=self._outbound.kind, message=describe(error))
                await asyncio.sleep(backoff_s(failures, most_s=5.0))
        await self._let_go()

    def stop(self) -> None:
        self._stopping = True
        self._bell.set()

    async def run_due(self, most: int = 1000) -> int:
        """Carry out what is due now, one after another; returns how many. For tests and tools."""
        requests = await self._claim(most)
        for request in requests:
            await self._carry_out(request)
        return len(requests)

    async def _fill(self) -> None:
        free = self._outbound.concurrency - len(self._running)
        if free <= 0:
            return
        for request in await self._claim(free):
            self._running[request.id] = asyncio.create_task(self._guarded(request))

    async def _wait(self) -> None:
        """Until something was committed here, a request ended, or some time has passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._idle_s):
                await self._bell.wait()
        self._bell.clear()

    async def _guarded(self, request: OutboundRequest) -> None:
        try:
            await self._carry_out(request)
        except Exception as error:
            # The lease runs out and the request is taken up again.
            log.warning("outbound_interrupted", kind=request.kind, key=request.key, message=describe(error))
        finally:
            self._running.pop(request.id, None)
            self._bell.set()

    async def _carry_out(self, request: OutboundRequest) -> None:
        heartbeat = asyncio.create_task(self._keep(request))
        try:
            with tracing.span(
                f"send {request.kind}", SpanKind.CLIENT, request.traceparent, ue__attempt=request.attempt
            ):
                crash_points.reach(crash_points.OUTBOUND_BEFORE_PERFORM)
                answer = await self._outbound.perform(request)
                crash_points.reach(crash_points.OUTBOUND_AFTER_PERFORM)
                await self._settle(request, answer)
        except LeaseLost:
            _lost(request)
        except GiveUp as error:
            await self._end(request, "failed", str(error))
        except Unavailable as error:
            await self._put_off(request, str(error), error.retry_after)
        except Exception as error:
            await self._put_off(request, describe(error), None)
        finally:
            heartbeat.cancel()

    async def _settle(self, request: OutboundRequest, answer: Any) -> None:
        async with self._database.work(request.id, correlation_id=request.correlation_id) as work:
            mine = await self._change(work.connection, request, "state = 'done', ended_at = now(), last_error = NULL")
            if not mine:
                raise LeaseLost
            work.emit(await self._outbound.settle(request, answer, work) or ())
        metrics.outbound_done.labels(request.kind, "done").inc()

    async def _end(self, request: OutboundRequest, state: str, reason: str) -> None:
        async with self._database.connection() as connection:
            ended = await self._change(
                connection, request, "state = $4, ended_at = now(), last_error = $5", state, reason
            )
        if not ended:
            _lost(request)
            return
        log.error("outbound_given_up", kind=request.kind, key=request.key, message=reason)
        metrics.outbound_done.labels(request.kind, state).inc()

    async def _put_off(self, request: OutboundRequest, reason: str, retry_after: float | None) -> None:
        wait_s = retry_after if retry_after is not None else backoff_s(request.attempt, most_s=MOST_BACKOFF_S)
        async with self._database.connection() as connection:
            later = "next_at = now() + $4 * interval '1 second', leased_by = NULL, last_error = $5"
            is_put_off = await self._change(connection, request, later, wait_s, reason)
        if not is_put_off:
            _lost(request)
            return
        log.info("outbound_put_off", kind=request.kind, key=request.key, message=reason, wait_s=round(wait_s, 2))
        metrics.outbound_retries.labels(request.kind).inc()

    async def _keep(self, request: OutboundRequest) -> None:
        """Extend the lease while the request is in hand."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await self._extend(request)
            except Exception as error:
                log.warning("outbound_heartbeat_missed", kind=request.kind, message=describe(error))

    async def _extend(self, request: OutboundRequest) -> None:
        async with self._database.connection() as connection:
            later = "next_at = clock_timestamp() + $4 * interval '1 second'"
            await self._change(connection, request, later, LEASE_S)

    async def _change(
        self, connection: "asyncpg.Connection[Any]", request: OutboundRequest, changes: str, *values: Any
    ) -> bool:
        """Change the request if this attempt still has it.

        The holder alone says too little, for one worker can have it twice: the earlier attempt must neither undo what
        the later one settled nor let go of its lease.
        """
        changed = await connection.fetchval(
            f"""UPDATE outbound_requests SET {changes}
                WHERE id = $1 AND leased_by = $2 AND attempts = $3 AND state = 'due' RETURNING true""",  # noqa: S608 - constants
            request.id,
            self._holder,
            request.attempt,
            *values,
        )
        return bool(changed)

    async def _claim(self, most: int) -> list[OutboundRequest]:
        """Lease due requests: their next time moves past the lease, by the database's clock."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(CLAIM, self._outbound.kind, self._holder, most, LEASE_S, list(self._running))
        return [OutboundRequest(*row.values()) for row in rows]

    async def _let_go(self) -> None:
        self._life.ended(self.loop)
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with self._database.connection() as connection:
                await connection.execute(
                    "UPDATE outbound_requests SET next_at = now(), leased_by = NULL"
                    " WHERE leased_by = $1 AND state = 'due'",
                    self._holder,
                )
        except Exception as error:
            log.warning("outbound_left_leases", message=describe(error))


def _lost(request: OutboundRequest) -> None:
    log.warning("outbound_lease_lost", kind=request.kind, key=request.key)


async def gauge(connection: "asyncpg.Connection[Any]") -> None:
    """How many requests wait, by kind, and how many wait for an operator."""
    for row in await connection.fetch(
        "SELECT kind, count(*) AS n FROM outbound_requests WHERE state = 'due' GROUP BY kind"
    ):
        metrics.outbound_pending.labels(row["kind"]).set(row["n"])
    counts = await connection.fetch(
        "SELECT state, count(*) AS n FROM outbound_requests WHERE state IN ('failed', 'held') GROUP BY state"
    )
    for state in ("failed", "held"):
        metrics.outbound_given_up.labels(state).set(next((row["n"] for row in counts if row["state"] == state), 0))
