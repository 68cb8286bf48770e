"""Jobs: work outside a transaction. The job's row is committed first; then a worker leases the job and runs it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol
from uuid import UUID, uuid4

import structlog
from opentelemetry.trace import SpanKind

from chassis.database import Database, UnitOfWork
from chassis.health import HealthState
from chassis.observability import metrics, tracing
from chassis.resilience import Quarantine, backoff_s, describe, is_infrastructure, wait_up_to
from chassis.sql import Connection, Statement
from chassis.system import crash_points
from contracts.event import Event

log = structlog.get_logger()

LEASE_S = 15.0
HEARTBEAT_S = 4.0
#: How often a worker looks for due jobs if nothing wakes it; `DueJobs` looks more often, for all kinds at once.
IDLE_S = 10.0
MOST_BACKOFF_S = 30.0

#: After this many attempts in a row that never ended, a job is not run again.
MOST_UNENDED = 5

#: Claim due jobs of a kind. A job that this worker is running can be due again, because its lease expires if the worker
#: cannot reach the database for a while. Another worker can then claim it, but this worker does not (:running).
#: The due time is compared with now(), because clock_timestamp() can differ from row to row. With clock_timestamp()
#: PostgreSQL would not search the index for the due time, but would read every waiting job. At most :suspects of the
#: claimed jobs are suspects. A suspect is a job whose last attempts never ended. If this worker itself made the last
#: attempt, that attempt does not count as unended, because the worker is alive.
CLAIM = Statement(
    """
UPDATE jobs AS r
SET leased_by = :holder, attempts = attempts + 1, unended = unended + due.lost,
    next_at = clock_timestamp() + :lease_s * interval '1 second'
FROM (SELECT id, lost FROM (
          SELECT id, next_at, 0 AS lost FROM (
              SELECT id, next_at FROM jobs
              WHERE state = 'due' AND kind = :kind AND next_at <= now() AND id <> ALL(:running::uuid[])
                AND unended = 0 AND (leased_by IS NULL OR leased_by = :holder)
              ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED) AS fresh
          UNION ALL
          SELECT id, next_at, lost FROM (
              SELECT id, next_at, (coalesce(leased_by, :holder) <> :holder)::int AS lost FROM jobs
              WHERE state = 'due' AND kind = :kind AND next_at <= now() AND id <> ALL(:running::uuid[])
                AND (unended > 0 OR leased_by IS NOT NULL) AND (unended > 0 OR leased_by <> :holder)
              ORDER BY next_at LIMIT :suspects FOR UPDATE SKIP LOCKED) AS suspect) AS found
      WHERE NOT EXISTS (SELECT 1 FROM maintenance WHERE state = 'stopped')
      ORDER BY next_at LIMIT :most) AS due
WHERE r.id = due.id
RETURNING r.id, r.kind, r.key, r.body, r.attempts, r.correlation_id, r.traceparent, r.unended, due.lost"""
)
#: Change a job if this attempt still holds its lease. To compare the holder is not enough. A statement of an earlier
#: attempt can reach the database late, after the same worker has claimed the job again. Such a late statement must
#: change nothing, so the number of the attempt is compared, too.
CHANGE = """
    UPDATE jobs SET {changes}
    WHERE id = :id AND leased_by = :holder AND attempts = :attempt AND state = 'due' RETURNING true"""
COMPLETE = Statement(CHANGE, changes="state = 'done', ended_at = now(), last_error = NULL")
FAIL = Statement(CHANGE, changes="state = 'failed', ended_at = now(), leased_by = NULL, last_error = :reason")
PUT_OFF = Statement(
    CHANGE,
    changes="next_at = now() + :wait_s * interval '1 second', leased_by = NULL, unended = 0, last_error = :reason",
)
EXTEND = Statement(CHANGE, changes="next_at = clock_timestamp() + :lease_s * interval '1 second'")
RELEASE = Statement("UPDATE jobs SET next_at = now(), leased_by = NULL WHERE leased_by = :holder AND state = 'due'")
STATE = Statement("SELECT state FROM jobs WHERE kind = :kind AND key = :key")
LOCK_STATE = Statement("{state} FOR UPDATE", state=STATE)


class Unavailable(Exception):
    """The external system cannot answer now. The job is retried after a backoff, or after `retry_after` seconds.

    The message holds no personal data.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """The job handler has nothing to do before `due_at`. The job runs again then. `reason` holds no personal data."""

    due_at: datetime
    reason: str

    @classmethod
    def after(cls, seconds: float, reason: str) -> "WaitUntil":
        return cls(datetime.now(UTC) + timedelta(seconds=seconds), reason)

    def seconds_left(self) -> float:
        return max((self.due_at - datetime.now(UTC)).total_seconds(), 0.0)


class GiveUp(Exception):
    """Do not retry. The job ends as failed, and operators see it. The message holds no personal data."""


@dataclass(frozen=True, slots=True)
class Job:
    """`attempt` starts at 1. If it is higher, the job handler first looks up whether an earlier attempt did the work.

    `unended`: how many of the latest attempts in a row did not end, because the process died or lost the job's lease.
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
        """Whether this job is possibly the reason why the processes that ran it died."""
        return self.unended > 0


class JobHandler(Protocol):
    """A job handler: the code that does the work of one kind of job."""

    kind: ClassVar[str]
    concurrency: ClassVar[int]

    async def run(self, job: Job) -> Any:
        """Do the work, outside any transaction. Returns WaitUntil, or the answer, which is passed to `complete`.

        Raises Unavailable or GiveUp.
        """

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> Iterable[Event] | WaitUntil | None:
        """Store the answer, in the transaction that marks the job as done.

        If this returns WaitUntil, the transaction is rolled back, and the job is run again at `due_at`.
        """

    async def given_up(self, job: Job, work: UnitOfWork) -> Iterable[Event] | None:
        """Store that there will be no answer, so that nothing waits for the answer forever.

        This is called in the transaction that ends the job, if too many attempts never ended, or if an operator
        abandons the job. `given_up` is not called if the job handler itself raises GiveUp. It can be called several
        times for one job, for example if an operator retries a job that was given up, and abandons it later.
        """


OnGivenUp = Callable[[Job, UnitOfWork], Awaitable[Iterable[Event] | None]]

UNENDED = (
    "{} attempts in a row never ended: each time the process died or lost its lease while this was in hand."
    " It is not carried out again by itself; find the cause in the log of the process, then retry or abandon it"
)


class LeaseLost(Exception):
    """Another worker has claimed the job, or an operator has abandoned it. The answer of this attempt is dropped."""


class RollBack(Exception):
    """Rolls back the transaction that marks a job as done."""


class JobWorker:
    """Runs the jobs of one kind, `concurrency` at a time."""

    def __init__(
        self,
        database: Database,
        handler: JobHandler,
        health: HealthState,
        *,
        idle_s: float = IDLE_S,
        quarantine: Quarantine | None = None,
    ) -> None:
        """`idle_s`: how often the worker looks for due jobs if nothing wakes it.

        All workers of a process share its quarantine.
        """
        self._database = database
        self._handler = handler
        self._health = health
        self.loop = f"job.{handler.kind}"
        self._holder = uuid4().hex
        self._wake = asyncio.Event()
        self._stopping = False
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._idle_s = idle_s
        self._quarantine = quarantine or Quarantine()
        database.on_jobs[handler.kind].append(self._wake.set)

    async def run(self) -> None:
        """Run until `stop` is called. Then cancel and release the running jobs, so that another worker claims them."""
        failures = 0
        while not self._stopping:
            self._health.tick(self.loop)
            try:
                await self._fill()
                await self._wait()
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("job_worker_backed_off", kind=self._handler.kind, message=describe(error))
                await asyncio.sleep(backoff_s(failures, most_s=5.0))
        await self._let_go()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run_due(self, most: int = 1000) -> int:
        """Run the due jobs one after another; returns how many jobs were run. This is for tests and tools."""
        jobs = await self._claim(most)
        for job in jobs:
            await self._carry_out(job)
        return len(jobs)

    async def _fill(self) -> None:
        free = self._handler.concurrency - len(self._running)
        if free <= 0:
            return
        stay = self._quarantine.enter()
        suspects: list[Job] = []
        try:
            jobs = await self._claim(free, suspects=0 if stay is None else 1)
            suspects = [job for job in jobs if job.is_suspect]
        finally:
            if not suspects:
                self._quarantine.leave(stay)
        for job in jobs:
            task = asyncio.create_task(self._guarded(job))
            self._running[job.id] = task
            if job.is_suspect:
                task.add_done_callback(lambda _: self._quarantine.leave(stay))

    async def _wait(self) -> None:
        """Wait until this process has added a job, a job has ended or is due again, or `idle_s` has passed."""
        await wait_up_to(self._idle_s, self._wake)
        self._wake.clear()

    async def _guarded(self, job: Job) -> None:
        try:
            await self._carry_out(job)
        except Exception as error:
            # Nothing is stored. The job is claimed again when its lease has expired.
            log.warning("job_interrupted", kind=job.kind, key=job.key, message=describe(error))
        finally:
            self._running.pop(job.id, None)
            self._wake.set()

    async def _carry_out(self, job: Job) -> None:
        if job.unended >= MOST_UNENDED:
            await self._give_up(job)
            return
        heartbeat = asyncio.create_task(self._keep(job))
        try:
            with tracing.span(f"send {job.kind}", SpanKind.CLIENT, job.traceparent, ue__attempt=job.attempt):
                crash_points.reach(crash_points.JOB_BEFORE_RUN)
                answer = await self._handler.run(job)
                wait = answer if isinstance(answer, WaitUntil) else await self._settle(job, answer)
        except LeaseLost:
            _lost(job)
        except GiveUp as error:
            await self._end(job, str(error))
        except Unavailable as error:
            await self._put_off(job, str(error), error.retry_after)
        except Exception as error:
            await self._put_off(job, describe(error), None)
        else:
            if wait is not None:
                await self._put_off(job, wait.reason, wait.seconds_left())
        finally:
            heartbeat.cancel()

    async def _settle(self, job: Job, answer: Any) -> WaitUntil | None:
        """Mark the job as done and store the answer.

        If the job handler returns WaitUntil, nothing is stored, and WaitUntil is returned.
        """
        crash_points.reach(crash_points.JOB_AFTER_RUN)
        with suppress(RollBack):
            async with self._database.work(job.id, correlation_id=job.correlation_id) as work:
                if not await self._change(work.connection, COMPLETE, job):
                    raise LeaseLost
                completed = await self._handler.complete(job, answer, work)
                if isinstance(completed, WaitUntil):
                    raise RollBack
                work.emit(completed or ())
        if isinstance(completed, WaitUntil):
            return completed
        metrics.jobs_done.labels(job.kind, "done").inc()
        return None

    async def _give_up(self, job: Job) -> None:
        """End the job, and call its handler's `given_up`. If this fails because of the data, the job still ends."""
        reason = UNENDED.format(job.unended)
        try:
            await self._end(job, reason, self._handler.given_up)
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.error("job_given_up_without_event", kind=job.kind, key=job.key, message=describe(error))
            await self._end(job, f"{reason}; and the event that reports this could not be made: {describe(error)}")

    async def _end(self, job: Job, reason: str, on_given_up: OnGivenUp | None = None) -> None:
        """End the job as failed."""
        async with self._database.work(job.id, correlation_id=job.correlation_id) as work:
            ended = await self._change(work.connection, FAIL, job, reason=reason)
            if ended and on_given_up is not None:
                work.emit(await on_given_up(job, work) or ())
        if not ended:
            _lost(job)
            return
        log.error("job_given_up", kind=job.kind, key=job.key, message=reason, unended=job.unended)
        metrics.jobs_done.labels(job.kind, "failed").inc()

    async def _put_off(self, job: Job, reason: str, retry_after: float | None) -> None:
        wait_s = retry_after if retry_after is not None else backoff_s(job.attempt, most_s=MOST_BACKOFF_S)
        async with self._database.connection() as connection:
            is_put_off = await self._change(connection, PUT_OFF, job, wait_s=wait_s, reason=reason)
        if not is_put_off:
            _lost(job)
            return
        asyncio.get_running_loop().call_later(wait_s, self._wake.set)
        log.info("job_put_off", kind=job.kind, key=job.key, message=reason, wait_s=round(wait_s, 2))
        metrics.jobs_retries.labels(job.kind).inc()

    async def _keep(self, job: Job) -> None:
        """Extend the lease while the job runs."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                await self._extend(job)
            except Exception as error:
                log.warning("job_heartbeat_missed", kind=job.kind, message=describe(error))

    async def _extend(self, job: Job) -> None:
        async with self._database.connection() as connection:
            await self._change(connection, EXTEND, job, lease_s=LEASE_S)

    async def _change(self, connection: Connection, change: Statement, job: Job, **values: Any) -> bool:
        """Returns False if this attempt no longer holds the lease."""
        return bool(await change.fetchval(connection, job, holder=self._holder, **values))

    async def _claim(self, most: int, *, suspects: int | None = None) -> list[Job]:
        """Claim due jobs: `next_at` moves to the end of the lease, by the database's clock.

        `suspects`: at most this many of the claimed jobs are suspects (`Job.is_suspect`); None = no limit.
        """
        async with self._database.connection() as connection:
            rows = await CLAIM.fetch(
                connection,
                kind=self._handler.kind,
                holder=self._holder,
                most=most,
                lease_s=LEASE_S,
                running=list(self._running),
                suspects=most if suspects is None else suspects,
            )
        claimed = []
        for *values, lost in rows:
            job = Job(*values)
            claimed.append(job)
            if lost:
                log.warning("job_attempt_unended", kind=job.kind, key=job.key, unended=job.unended)
                metrics.jobs_unended.labels(job.kind).inc()
        return claimed

    async def _let_go(self) -> None:
        self._health.ended(self.loop)
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with self._database.connection() as connection:
                await RELEASE.execute(connection, holder=self._holder)
        except Exception as error:
            log.warning("job_leases_left", message=describe(error))


def _lost(job: Job) -> None:
    log.warning("job_lease_lost", kind=job.kind, key=job.key)


async def is_given_up(connection: Connection, kind: str, key: str, *, for_update: bool = False) -> bool:
    """Whether a job was given up (failed or abandoned).

    `for_update` locks the row, so that the answer stays true until the transaction ends.
    """
    statement = LOCK_STATE if for_update else STATE
    return await statement.fetchval(connection, kind=kind, key=key) in ("failed", "abandoned")


async def gauge(connection: Connection) -> None:
    """Set the gauges: how many jobs of each kind are due (now or later), and how many jobs wait for an operator."""
    due = await connection.fetch("SELECT kind, count(*) AS n FROM jobs WHERE state = 'due' GROUP BY kind")
    # If all jobs of a kind are done, the kind has no row here. So the old figures of all kinds are removed first.
    metrics.jobs_pending.clear()
    for row in due:
        metrics.jobs_pending.labels(row["kind"]).set(row["n"])
    counts = await connection.fetch(
        "SELECT state, count(*) AS n FROM jobs WHERE state IN ('failed', 'held') GROUP BY state"
    )
    for state in ("failed", "held"):
        metrics.jobs_given_up.labels(state).set(next((row["n"] for row in counts if row["state"] == state), 0))
