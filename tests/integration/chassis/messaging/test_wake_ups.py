"""A commit wakes the relay and the job workers. Without a commit they wake up only once an hour here, and no test waits
that long."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from integration.chassis.messaging.test_transport import until
from integration.chassis.sample_service import Sample, removal

from chassis.database import Database, Lease
from chassis.health import HealthState
from chassis.jobs import DueJobs, JobWorker
from chassis.publishing import LOOP, Publication, Relay
from chassis.testing import Bench

HOUR = 3_600.0


class Topic:
    """Stands in for the producers, and keeps the keys of the published events."""

    def __init__(self) -> None:
        self.published: list[str] = []

    async def publish(self, rows: Sequence[Publication]) -> None:
        self.published += [row.key for row in rows]

    async def discard(self) -> None: ...


@asynccontextmanager
async def another_replica(bench: Bench) -> AsyncIterator[Database]:
    """The pool of a second process on the same database."""
    other = Database(bench.database._url, tools=bench.database.tools, clock=bench.clock, name="another-replica")
    await other.open()
    try:
        yield other
    finally:
        await other.close()


@asynccontextmanager
async def running(database: Database, topic: Topic) -> AsyncIterator[Relay]:
    one = Relay(database, topic, HealthState(), interval_s=HOUR)  # type: ignore[arg-type]
    # A relay that sleeps for an hour does not renew its lease, so the lease must last that long.
    one._lease = Lease(database, LOOP, ttl_s=HOUR)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        one.stop()
        await task


async def publish(database: Database, unit: UUID) -> None:
    async with database.work(uuid4()) as work:
        work.emit([removal(unit)])


async def test_a_commit_wakes_the_relay_of_its_process(bench: Bench):
    topic, unit = Topic(), uuid4()
    async with running(bench.database, topic) as leader:
        await until(lambda: leader._leading, "the lease")
        await publish(bench.database, unit)
        await until(lambda: topic.published == [str(unit)], "the event")


async def test_a_commit_of_another_replica_wakes_the_relay_that_holds_the_lease(bench: Bench):
    topic, unused, units = Topic(), Topic(), [uuid4() for _ in range(3)]
    async with (
        another_replica(bench) as second,
        running(bench.database, topic) as leader,
    ):
        await until(lambda: leader._listener.listens, "listening")
        async with running(second, unused):
            for unit in units:
                await publish(second, unit)
                await until(lambda key=str(unit): key in topic.published, "the event")
    assert (topic.published, unused.published) == ([str(unit) for unit in units], [])


async def test_a_relay_that_lost_its_listening_connection_listens_again(bench: Bench, postgres_admin_url: str):
    topic, unit = Topic(), uuid4()
    async with another_replica(bench) as second, running(bench.database, topic) as leader:
        await until(lambda: leader._listener.listens, "listening")
        async with running(second, Topic()):
            await end_connection_of(leader, postgres_admin_url)
            await until(lambda: not leader._listener.listens, "the end of the connection")
            await publish(bench.database, uuid4())
            await until(lambda: leader._listener.listens, "listening")
            await publish(second, unit)
            await until(lambda: str(unit) in topic.published, "the event")


async def test_a_relay_that_cannot_listen_does_not_try_again_in_each_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """An attempt to listen can take seconds until it fails, and meanwhile the relay publishes nothing."""
    topic, attempts = Topic(), list[None]()

    async def unreachable() -> None:
        attempts.append(None)
        raise TimeoutError

    monkeypatch.setattr(bench.database, "dedicated", unreachable)
    async with running(bench.database, topic) as leader:
        await until(lambda: leader._leading, "the lease")
        for count in (1, 2, 3):
            await publish(bench.database, uuid4())
            await until(lambda count=count: len(topic.published) == count, "the event")
    assert len(attempts) == 1


async def end_connection_of(relay: Relay, postgres_admin_url: str) -> None:
    """Let the server end the connection on which the relay listens."""
    assert relay._listener._connection is not None
    administrator = await asyncpg.connect(postgres_admin_url)
    try:
        pid = relay._listener._connection.get_server_pid()
        await administrator.execute("SELECT pg_terminate_backend($1)", pid)
    finally:
        await administrator.close()


async def test_an_added_job_and_a_job_that_is_due_again_wake_their_worker(bench: Bench, sample: Sample):
    sample.registry.failures = 2
    worker = JobWorker(bench.database, sample.registry, HealthState(), idle_s=HOUR)
    task = asyncio.create_task(worker.run())
    try:
        async with bench.database.work(uuid4()) as work:
            await work.enqueue("sample.ask", str(uuid4()), {})
        await until(lambda: sample.registry.attempts == [1, 2, 3], "three attempts")
    finally:
        worker.stop()
        await task


async def test_a_commit_without_jobs_wakes_no_worker(bench: Bench, sample: Sample):
    """If every commit woke the worker, it would search the database for jobs that do not exist."""
    worker = JobWorker(bench.database, sample.registry, HealthState(), idle_s=HOUR)
    await publish(bench.database, uuid4())
    assert not worker._wake.is_set()
    async with bench.database.work(uuid4()) as work:
        await work.enqueue("another.kind", str(uuid4()), {})
    assert not worker._wake.is_set()


async def test_a_poll_that_adds_jobs_wakes_their_worker(bench: Bench, sample: Sample):
    sample.enqueues = True
    worker = JobWorker(bench.database, sample.registry, HealthState(), idle_s=HOUR)
    await bench.deliver(removal(uuid4()))
    assert worker._wake.is_set()


async def test_a_job_of_another_replica_wakes_the_worker_of_its_kind_at_the_next_look(bench: Bench, sample: Sample):
    worker = JobWorker(bench.database, sample.registry, HealthState(), idle_s=HOUR)
    due_jobs = DueJobs(bench.database, [sample.registry.kind, "another.kind"], HealthState())
    await due_jobs.look()
    assert not worker._wake.is_set()
    async with another_replica(bench) as second, second.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
    await due_jobs.look()
    assert worker._wake.is_set()


async def test_a_job_that_is_not_due_yet_wakes_nobody(bench: Bench, sample: Sample):
    async with another_replica(bench) as second, second.work(uuid4()) as work:
        await work.enqueue("sample.ask", str(uuid4()), {})
        await work.connection.execute("UPDATE jobs SET next_at = now() + interval '1 hour'")
    worker = JobWorker(bench.database, sample.registry, HealthState(), idle_s=HOUR)
    await DueJobs(bench.database, [sample.registry.kind], HealthState()).look()
    assert not worker._wake.is_set()
