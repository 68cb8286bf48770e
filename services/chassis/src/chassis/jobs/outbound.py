"""Jobs: work outside a transaction. The job's row is committed first; then a worker leases the job and runs it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID, uuid4

import structlog
from opentelemetry.trace import SpanKind

from chassis.database import Database, Work
from chassis.health import Life
from chassis.observability import metrics, tracing
from chassis.resilience import Quarantine, backoff_s, describe, is_infrastructure
from chassis.sql import Connection, Statement
from chassis.system import crash_points
from contracts.event import Event

log = structlog.get_logger()

LEASE_S = 15.0
HEARTBEAT_S = 4.0
IDLE_S = 0.25
MOST_BACKOFF_S = 30.0

#: After this many attempts in a row that never ended, a job is not run again.
MOST_UNENDED = 5

#: Claim due jobs of a kind, except those that this worker is running: an attempt whose heartbeats were missed goes on
#: here, so only another worker may start a second one. The due time is compared with now() because clock_timestamp()
#: may differ from row to row: PostgreSQL would not search the index for it and would read every waiting job. At most
#: :suspects of the claimed jobs are suspects: the last attempt, or some before it, never ended. A job whose lease
#: expired while this worker itself held it is no suspect, because this worker is alive.
CLAIM = Statement(
    """
UPDATE outbound_requests AS r
SET leased_by = :holder, attempts = attempts + 1, unended = unended + due.lost,
    next_at = clock_timestamp() + :lease_s * interval '1 second'
FROM (SELECT id, lost FROM (
          SELECT id, next_at, 0 AS lost FROM (
              SELECT id, next_at FROM outbound_requests
              WHERE state = 'due' AND kind = :kind AND next_at <= now() AND id <> ALL(:running::uuid[])
                AND unended = 0 AND (leased_by IS NULL OR leased_by = :holder)
              ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED) AS fresh
          UNION ALL
          SELECT id, next_at, lost FROM (
              SELECT id, next_at, (coalesce(leased_by, :holder) <> :holder)::int AS lost FROM outbound_requests
              WHERE state = 'due' AND kind = :kind AND next_at <= now() AND id <> ALL(:running::uuid[])
                AND (unended > 0 OR leased_by IS NOT NULL) AND (unended > 0 OR leased_by <> :holder)
              ORDER BY next_at LIMIT :suspects FOR UPDATE SKIP LOCKED) AS suspect) AS found
      WHERE NOT EXISTS (SELECT 1 FROM maintenance WHERE state = 'stopped')
      ORDER BY next_at LIMIT :most) AS due
WHERE r.id = due.id
RETURNING r.id, r.kind, r.key, r.body, r.attempts, r.correlation_id, r.traceparent, r.unended, due.lost"""
)
#: Change a job if this attempt still holds its lease. Comparing the holder is not enough, because one worker can run
#: the same job twice: the earlier attempt must neither undo the result of the later one nor release its lease.
CHANGE = """
    UPDATE outbound_requests SET {changes}
    WHERE id = :id AND leased_by = :holder AND attempts = :attempt AND state = 'due' RETURNING true"""
COMPLETE = Statement(CHANGE, changes="state = 'done', ended_at = now(), last_error = NULL")
FAIL = Statement(CHANGE, changes="state = 'failed', ended_at = now(), leased_by = NULL, last_error = :reason")
PUT_OFF = Statement(
    CHANGE,
    changes="next_at = now() + :wait_s * interval '1 second', leased_by = NULL, unended = 0, last_error = :reason",
)
EXTEND = Statement(CHANGE, changes="next_at = clock_timestamp() + :lease_s * interval '1 second'")
RELEASE = Statement(
    "UPDATE outbound_requests SET next_at = now(), leased_by = NULL WHERE leased_by = :holder AND state = 'due'"
)
STATE = Statement("SELECT state FROM outbound_requests WHERE kind = :kind AND key = :key")
LOCK_STATE = Statement("{state} FOR UPDATE", state=STATE)


class Unavailable(Exception):
    """The external system cannot answer now. The job is retried after a backoff, or after `retry_after` seconds.

    The message holds no personal data.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class GiveUp(Exception):
    """Do not retry: the job ends as failed, is counted and shown to operators. The message holds no personal data."""


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """`attempt` starts at 1. If it is higher, the handler first looks up whether an earlier attempt has done the work.

    `unended` counts the last attempts in a row that never ended: the process died, or lost the lease.
    """

    id: UUID
    kind: str
    key: str
    body: dict[str, Any]
    attempt: int
    correlation_id: str
    traceparent: str | None
    unended: int = 0

    @property
    def is_suspect(self) -> bool:
        """Whether this job may be the reason why the processes that ran it died."""
        return self.unended > 0


class Outbound(Protocol):
    """The handler of one kind of job."""

    kind: ClassVar[str]
    concurrency: ClassVar[int]

    async def perform(self, request: OutboundRequest) -> Any:
        """Do the work, outside any transaction. Returns a JSON-able answer. Raises Unavailable or GiveUp."""

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> Iterable[Event] | None:
        """Store the answer, in the transaction that marks the job as done."""

    async def given_up(self, request: OutboundRequest, work: Work) -> Iterable[Event] | None:
        """Called in the transaction that ends the job as failed or abandoned. The handler stores that there will be no
        answer, so that nothing waits for it forever.

        May be called twice for one job, and again if an operator retries the job and it is given up again.
        """


Tell = Callable[[OutboundRequest, Work], Awaitable[Iterable[Event] | None]]

UNENDED = (
    "{} attempts in a row never ended: each time the process died or lost its lease while this was in hand."
    " It is not carried out again by itself; find the cause in the log of the process, then retry or abandon it"
)


class LeaseLost(Exception):
    """Another worker has claimed the job, so the answer of this attempt is dropped."""


class OutboundWorker:
    """Runs the jobs of one kind, `concurrency` at a time."""

    def __init__(
        self,
        database: Database,
        outbound: Outbound,
        life: Life,
        *,
        idle_s: float = IDLE_S,
        quarantine: Quarantine | None = None,
    ) -> None:
        """The worker of a rare kind looks for jobs every `idle_s` only; a commit does not wake it if that is longer
        than `IDLE_S`.

        All workers of a process share its quarantine.
        """
        self._database = database
        self._outbound = outbound
        self._life = life
        self.loop = f"outbound.{outbound.kind}"
        self._holder = uuid4().hex
        self._bell = asyncio.Event()
        self._stopping = False
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._idle_s = idle_s
        self._quarantine = quarantine or Quarantine()
        if idle_s <= IDLE_S:
            database.on_commit.append(self._bell.set)

    async def run(self) -> None:
        """Run until `stop`. Jobs that still run are canceled and released, so that another worker claims them."""
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
        """Run the due jobs one after another; returns how many. For tests and tools."""
        requests = await self._claim(most)
        for request in requests:
            await self._carry_out(request)
        return len(requests)

    async def _fill(self) -> None:
        free = self._outbound.concurrency - len(self._running)
        if free <= 0:
            return
        stay = self._quarantine.enter()
        suspects: list[OutboundRequest] = []
        try:
            requests = await self._claim(free, suspects=0 if stay is None else 1)
            suspects = [request for request in requests if request.is_suspect]
        finally:
            if not suspects:
                self._quarantine.leave(stay)
        for request in requests:
            task = asyncio.create_task(self._guarded(request))
            self._running[request.id] = task
            if request.is_suspect:
                task.add_done_callback(lambda _: self._quarantine.leave(stay))

    async def _wait(self) -> None:
        """Wait until this process has committed something, a job has ended, or `idle_s` has passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._idle_s):
                await self._bell.wait()
        self._bell.clear()

    async def _guarded(self, request: OutboundRequest) -> None:
        try:
            await self._carry_out(request)
        except Exception as error:
            # The lease expires, and the job is claimed again.
            log.warning("outbound_interrupted", kind=request.kind, key=request.key, message=describe(error))
        finally:
            self._running.pop(request.id, None)
            self._bell.set()

    async def _carry_out(self, request: OutboundRequest) -> None:
        if request.unended >= MOST_UNENDED:
            await self._give_up(request)
            return
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
            await self._end(request, str(error))
        except Unavailable as error:
            await self._put_off(request, str(error), error.retry_after)
        except Exception as error:
            await self._put_off(request, describe(error), None)
        finally:
            heartbeat.cancel()

    async def _settle(self, request: OutboundRequest, answer: Any) -> None:
        async with self._database.work(request.id, correlation_id=request.correlation_id) as work:
            if not await self._change(work.connection, COMPLETE, request):
                raise LeaseLost
            work.emit(await self._outbound.settle(request, answer, work) or ())
        metrics.outbound_done.labels(request.kind, "done").inc()

    async def _give_up(self, request: OutboundRequest) -> None:
        """End the job, and call its handler's `given_up`; if that fails on the data, the job ends all the same."""
        reason = UNENDED.format(request.unended)
        try:
            await self._end(request, reason, self._outbound.given_up)
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.error("outbound_given_up_untold", kind=request.kind, key=request.key, message=describe(error))
            await self._end(request, f"{reason}; what waits for it could not be told: {describe(error)}")

    async def _end(self, request: OutboundRequest, reason: str, tell: Tell | None = None) -> None:
        """End the job as failed."""
        async with self._database.work(request.id, correlation_id=request.correlation_id) as work:
            ended = await self._change(work.connection, FAIL, request, reason=reason)
            if ended and tell is not None:
                work.emit(await tell(request, work) or ())
        if not ended:
            _lost(request)
            return
        log.error("outbound_given_up", kind=request.kind, key=request.key, message=reason, unended=request.unended)
        metrics.outbound_done.labels(request.kind, "failed").inc()

    async def _put_off(self, request: OutboundRequest, reason: str, retry_after: float | None) -> None:
        wait_s = retry_after if retry_after is not None else backoff_s(request.attempt, most_s=MOST_BACKOFF_S)
        async with self._database.connection() as connection:
            is_put_off = await self._change(connection, PUT_OFF, request, wait_s=wait_s, reason=reason)
        if not is_put_off:
            _lost(request)
            return
        log.info("outbound_put_off", kind=request.kind, key=request.key, message=reason, wait_s=round(wait_s, 2))
        metrics.outbound_retries.labels(request.kind).inc()

    async def _keep(self, request: OutboundRequest) -> None:
        """Extend the lease while the job runs."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await self._extend(request)
            except Exception as error:
                log.warning("outbound_heartbeat_missed", kind=request.kind, message=describe(error))

    async def _extend(self, request: OutboundRequest) -> None:
        async with self._database.connection() as connection:
            await self._change(connection, EXTEND, request, lease_s=LEASE_S)

    async def _change(self, connection: Connection, change: Statement, request: OutboundRequest, **values: Any) -> bool:
        """Returns False if this attempt no longer holds the lease."""
        return bool(await change.fetchval(connection, request, holder=self._holder, **values))

    async def _claim(self, most: int, *, suspects: int | None = None) -> list[OutboundRequest]:
        """Claim due jobs: `next_at` moves to the end of the lease, by the database's clock.

        No `suspects` = no limit.
        """
        async with self._database.connection() as connection:
            rows = await CLAIM.fetch(
                connection,
                kind=self._outbound.kind,
                holder=self._holder,
                most=most,
                lease_s=LEASE_S,
                running=list(self._running),
                suspects=most if suspects is None else suspects,
            )
        claimed = []
        for *values, lost in rows:
            request = OutboundRequest(*values)
            claimed.append(request)
            if lost:
                log.warning("outbound_attempt_unended", kind=request.kind, key=request.key, unended=request.unended)
                metrics.outbound_unended.labels(request.kind).inc()
        return claimed

    async def _let_go(self) -> None:
        self._life.ended(self.loop)
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with self._database.connection() as connection:
                await RELEASE.execute(connection, holder=self._holder)
        except Exception as error:
            log.warning("outbound_left_leases", message=describe(error))


def _lost(request: OutboundRequest) -> None:
    log.warning("outbound_lease_lost", kind=request.kind, key=request.key)


async def is_given_up(connection: Connection, kind: str, key: str, *, for_update: bool = False) -> bool:
    """Whether a job was given up (failed or abandoned). `for_update` locks the row, so that this stays true."""
    statement = LOCK_STATE if for_update else STATE
    return await statement.fetchval(connection, kind=kind, key=key) in ("failed", "abandoned")


async def gauge(connection: Connection) -> None:
    """Set the gauges: how many jobs are due, by kind, and how many wait for an operator."""
    for row in await connection.fetch(
        "SELECT kind, count(*) AS n FROM outbound_requests WHERE state = 'due' GROUP BY kind"
    ):
        metrics.outbound_pending.labels(row["kind"]).set(row["n"])
    counts = await connection.fetch(
        "SELECT state, count(*) AS n FROM outbound_requests WHERE state IN ('failed', 'held') GROUP BY state"
    )
    for state in ("failed", "held"):
        metrics.outbound_given_up.labels(state).set(next((row["n"] for row in counts if row["state"] == state), 0))
