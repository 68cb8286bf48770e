"""On a real broker, the supervisor replaces a consumer that fetches nothing, and the producer pool replaces a dead
producer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from integration.chassis.health.test_process_start_and_stop import refuse_connections
from integration.chassis.messaging.test_transport import publish, until
from integration.chassis.sample_service import Sample, removal

from chassis.consumers import ConsumerSupervisor, InfrastructureProbe
from chassis.consumers.fair_fetcher import BUSY_WAIT_MS, IDLE_WAIT_MS
from chassis.health import HealthState, Watchdog
from chassis.privacy import new_key_file
from chassis.publishing import Producers, Relay
from chassis.publishing.relay import STANDBY_S
from chassis.service.process import Process
from chassis.testing import Bench
from contracts.topics import Topic
from support.topics import create_topics, unique_name

PATIENCE_S = 1.0


@pytest.fixture
async def topic(kafka_topics: str) -> Topic:
    """The topic has one partition, so the second consumer of a group gets no partition."""
    made = Topic(unique_name("watched"), "unit_id", "nobody", (), "for this test", partitions=1)
    await create_topics(kafka_topics, [made])
    return made


@asynccontextmanager
async def kept(bench: Bench, bootstrap: str, topic: Topic, group: str) -> AsyncIterator[ConsumerSupervisor]:
    """A consumer supervisor like that of a service's process, but with a watchdog that acts after a short time."""
    settings = bench.runtime.settings
    settings.kafka_bootstrap, settings.graceful_timeout_s = bootstrap, 2.0
    health = HealthState(stuck_after_s=PATIENCE_S)
    probe = InfrastructureProbe(health, bench.database._url, bootstrap, [topic], every_s=0.2)
    supervisor = ConsumerSupervisor(group, [topic], [], bench.runtime.handler, settings, health, probe)

    async def mend(reason: str) -> None:
        await supervisor.replace(reason)

    dog = Watchdog(health, {"consumer": mend}, pytest.fail, every_s=0.1)
    tasks = [asyncio.create_task(run) for run in (probe.run(), supervisor.run(), dog.run())]
    try:
        await until(lambda: supervisor.transport is not None, "opened")
        yield supervisor
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await supervisor.stop()


async def publish_record(bench: Bench, bootstrap: str, topic: Topic, people: int) -> None:
    record = bench.record(removal(uuid4(), people))
    await publish(bootstrap, [type(record)(topic.name, 0, 0, record.key, record.headers, record.value)])


def is_handled(sample: Sample, supervisor: ConsumerSupervisor, people: int) -> bool:
    """Whether the event has been handled and its poll has ended.

    The event is in `sample.handled` before its poll is committed. If the test stopped the consumer in between, the
    event would be handled a second time.
    """
    transport = supervisor.transport
    return transport is not None and not transport.busy and any(len(e.member_ids) == people for e in sample.handled)


async def test_a_consumer_that_fetches_nothing_or_left_its_group_or_died_is_replaced(
    bench: Bench, sample: Sample, kafka_topics: str, topic: Topic
):
    """The test imitates faults of aiokafka. With its issues #625 and #847, the consumer has partitions, but fetches
    nothing. With its issue #1187, the consumer has no partitions and never joins the group again."""
    sample.quiet = True
    async with kept(bench, kafka_topics, topic, unique_name("group")) as supervisor:
        await publish_record(bench, kafka_topics, topic, 1)
        await until(lambda: is_handled(sample, supervisor, 1), "the first")
        assert supervisor.replacements == 0

        def pause(consumer):
            consumer.pause(*consumer.assignment())

        def leave(consumer):
            consumer.unsubscribe()

        def die(_):
            supervisor.transport.subscriber.tasks[0].cancel()

        for people, harm in ((2, pause), (3, leave), (4, die)):
            before = supervisor.replacements
            harm(supervisor.transport.subscriber.consumer)
            await publish_record(bench, kafka_topics, topic, people)
            await until(lambda people=people: is_handled(sample, supervisor, people), f"{harm.__name__} mended")
            assert supervisor.replacements == before + 1
    assert [len(event.member_ids) for event in sample.handled] == [1, 2, 3, 4]


async def test_a_consumer_whose_polls_are_rolled_back_is_not_replaced(
    bench: Bench, sample: Sample, kafka_topics: str, topic: Topic
):
    sample.quiet = True
    sample.outages = 6
    async with kept(bench, kafka_topics, topic, unique_name("group")) as supervisor:
        await publish_record(bench, kafka_topics, topic, 5)
        await until(lambda: is_handled(sample, supervisor, 5), "handled at last")
        assert (sample.outages, supervisor.replacements) == (0, 0)


async def test_the_broker_waits_longer_while_nothing_happens_and_answers_at_once(
    bench: Bench, sample: Sample, kafka_topics: str, topic: Topic
):
    sample.quiet = True
    async with kept(bench, kafka_topics, topic, unique_name("group")) as supervisor:
        fetcher = supervisor.transport.subscriber.consumer._fetcher
        await until(lambda: fetcher._fetch_max_wait_ms == IDLE_WAIT_MS, "idle")
        await publish_record(bench, kafka_topics, topic, 1)
        await until(lambda: is_handled(sample, supervisor, 1), "handled")
        assert fetcher._fetch_max_wait_ms == BUSY_WAIT_MS
        assert supervisor.replacements == 0


async def test_a_spare_member_beside_a_busy_one_is_not_replaced(
    bench: Bench, sample: Sample, kafka_topics: str, topic: Topic
):
    sample.quiet = True
    group = unique_name("group")
    async with kept(bench, kafka_topics, topic, group) as one, kept(bench, kafka_topics, topic, group) as other:
        for _ in range(12):
            await publish_record(bench, kafka_topics, topic, 1)
            await asyncio.sleep(PATIENCE_S / 4)
        assert sorted(supervisor.transport.assigned() for supervisor in (one, other)) == [0, 1]
        assert (one.replacements, other.replacements) == (0, 0)


async def test_an_aborted_transaction_at_the_end_is_no_lag(
    bench: Bench, sample: Sample, kafka_topics: str, topic: Topic
):
    from aiokafka import AIOKafkaProducer

    sample.quiet = True
    async with kept(bench, kafka_topics, topic, unique_name("group")) as supervisor:
        producer = AIOKafkaProducer(bootstrap_servers=kafka_topics, transactional_id=unique_name("relay"))
        await producer.start()
        with suppress(ZeroDivisionError):
            async with producer.transaction():
                await producer.send_and_wait(topic.name, b"{}", key=b"k")
                raise ZeroDivisionError
        async with producer.transaction():
            await producer.send_and_wait(topic.name, b"{}", key=b"k")
        await producer.stop()
        await asyncio.sleep(PATIENCE_S * 2.5)
        assert supervisor.replacements == 0


async def test_a_dead_producer_is_replaced_and_nothing_stays_behind(bench: Bench, kafka_topics: str):
    """aiokafka #1017: after an error the producer's sender task has ended, and every later send waits for ever."""
    producers = Producers(kafka_topics, unique_name("sample"))
    health = HealthState()
    relay = Relay(bench.database, producers, health, publish_timeout_s=0.5)
    running = asyncio.create_task(relay.run())
    try:
        await write(bench)
        await until(lambda: producers._plain is not None, "a producer")
        await eventually_empty(bench)
        producers._plain._sender._sender_task.cancel()
        await write(bench)
        await eventually_empty(bench)
        assert "relay" not in health.unready()
    finally:
        relay.stop()
        await running


async def test_a_command_while_the_database_refuses_connections_is_put_off_not_failed(
    bench: Bench, database: str, postgres_admin_url: str
):
    node = uuid4()
    headers = bench.token("handler", node)
    await refuse_connections(postgres_admin_url, database, True)
    try:
        answer = await bench.client.post(f"/asks/{node}", headers=headers)
    finally:
        await refuse_connections(postgres_admin_url, database, False)
    assert (answer.status_code, answer.json()["code"]) == (503, "TRY_AGAIN")
    assert (await bench.client.post(f"/asks/{node}", headers=headers)).status_code == 202


async def write(bench: Bench) -> None:
    async with bench.database.work(uuid4()) as work:
        work.emit([removal(uuid4())])


async def eventually_empty(bench: Bench) -> None:
    for _ in range(600):
        async with bench.database.read() as connection:
            if not await connection.fetchval("SELECT count(*) FROM outbox"):
                return
        await asyncio.sleep(0.05)
    pytest.fail("the outbox never ran dry")


class Hangs(Producers):
    """A producer whose publish call never returns."""

    async def publish(self, publications):
        await asyncio.Event().wait()


async def test_a_relay_without_progress_is_replaced_once_and_then_the_process_ends(
    bench: Bench, kafka_topics: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "keys.json").write_text(json.dumps(new_key_file()))
    settings = bench.runtime.settings.model_copy(
        update={"kafka_bootstrap": kafka_topics, "key_file": tmp_path / "keys.json", "publish_timeout_s": 3_600.0}
    )
    # A relay that waits for its lease reports progress every STANDBY_S. `stuck_after_s` is longer, so that such a relay
    # does not count as stuck.
    process = Process(bench.service, settings.model_copy(update={"stuck_after_s": 4 * STANDBY_S}))
    await process.runtime.database.open()
    ended: list[str] = []
    monkeypatch.setattr("chassis.service.process.Producers", Hangs)
    process._start_relay()
    monkeypatch.setattr("chassis.service.process.Producers", Producers)
    dog = Watchdog(process.runtime.health, {"relay": process._restart_relay}, ended.append, every_s=0.1)
    watching = asyncio.create_task(dog.run())
    try:
        await write(bench)
        # The lease of the hanging relay expires by the database's clock. The test does not wait: it deletes the lease.
        await until(lambda: process.runtime.health.stuck() == {} and "relay" in dog._restarted_at, "mended")
        await end_leases(bench)
        await eventually_empty(bench)
        assert ended == []

        monkeypatch.setattr("chassis.service.process.Producers", Hangs)
        await process._restart_relay("for this test")
        await end_leases(bench)
        await write(bench)
        await until(lambda: bool(ended), "the process ended")
        assert "restarted before" in ended[0]
    finally:
        watching.cancel()
        process._relaying.cancel()
        await asyncio.gather(watching, process._relaying, return_exceptions=True)
        await process.runtime.http.aclose()
        await process.runtime.database.close()


async def end_leases(bench: Bench) -> None:
    async with bench.database.connection() as connection:
        await connection.execute("DELETE FROM leases")
