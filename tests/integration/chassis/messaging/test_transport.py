"""An event goes its whole way over a real broker: outbox, relay, topic, poll, inbox, offsets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import UnsupportedCodecError
from integration.chassis.sample_service import BAD, Sample, removal

from chassis.consumers.transport import Transport
from chassis.health import HealthState
from chassis.poll_handling import FailureBreaker
from chassis.publishing import Producers, Relay
from chassis.testing import Bench
from contracts.members import MembersRemoved
from contracts.topics import MEMBERS, Topic
from support.topics import create_topics, unique_name

PATIENCE_S = 60


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for the condition; the deadline only ends a test that would hang."""
    for _ in range(PATIENCE_S * 20):
        if condition():
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"never: {what}")


@pytest.fixture
async def group(bench: Bench) -> str:
    """A new name for the consumer group. One test uses it as its transactional id, too."""
    return f"sample-{uuid4().hex[:8]}"


@asynccontextmanager
async def transport(bench: Bench, group: str) -> AsyncIterator[Transport]:
    one = Transport(group, [MEMBERS], bench.runtime.handler, bench.runtime.settings, bench.runtime.health)
    await one.start()
    try:
        yield one
    finally:
        await one.stop()


@asynccontextmanager
async def relay(bench: Bench, bootstrap: str) -> AsyncIterator[Relay]:
    one = Relay(bench.database, Producers(bootstrap, f"sample-{uuid4().hex[:8]}"), HealthState())
    running = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        one.stop()
        await running


@pytest.fixture
def addressed(bench: Bench, kafka_topics: str) -> Bench:
    """The bench with the broker's address in its settings."""
    bench.runtime.settings.kafka_bootstrap = kafka_topics
    # The breaker takes many bad records for a sign of a bad release. Other test runs leave bad records on the broker,
    # so the limit is high here.
    bench.runtime.handler.breaker = FailureBreaker(keys=10_000)
    return bench


def mine(sample: Sample, units: set[object]) -> list[MembersRemoved]:
    return [event for event in sample.handled if event.unit_id in units]


async def test_what_is_committed_arrives_once_and_in_order_per_key(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    units = [uuid4() for _ in range(5)]
    emitted_ids: dict[object, list[object]] = {unit: [] for unit in units}
    for _ in range(10):
        async with addressed.database.work(uuid4()) as work:
            events = [removal(unit, 2) for unit in units]
            for event in events:
                emitted_ids[event.unit_id].append(event.removal_id)
            work.emit(events)
    async with relay(addressed, addressed.runtime.settings.kafka_bootstrap), transport(addressed, group):
        await until(lambda: len([e for e in mine(sample, set(units)) if len(e.member_ids) == 2]) >= 50, "50 events")
    for unit in units:
        arrived = [e.removal_id for e in sample.handled if e.unit_id == unit and len(e.member_ids) == 2]
        assert arrived == emitted_ids[unit]


async def test_a_consumer_that_takes_over_repeats_nothing_in_effect(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    unit = uuid4()
    records = [addressed.record(removal(unit, 2)) for _ in range(20)]
    await publish(bootstrap, records)
    async with transport(addressed, group):
        await until(lambda: len(mine(sample, {unit})) == 20, "all handled")
    await publish(bootstrap, records)
    more = addressed.record(removal(unit, 3))
    await publish(bootstrap, [more])
    async with transport(addressed, group):
        await until(lambda: len(mine(sample, {unit})) >= 21, "the new one handled")
    assert len(mine(sample, {unit})) == 21


async def test_a_failing_record_stops_no_other_partition(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    units = [uuid4() for _ in range(30)]
    records = [addressed.record(removal(unit, BAD if n == 15 else 1)) for n, unit in enumerate(units)]
    await publish(bootstrap, records)
    async with transport(addressed, group):
        await until(lambda: len(mine(sample, set(units))) == 29, "the others handled")
    assert await set_aside(addressed, units) == [str(units[15])]


async def test_a_failed_poll_over_several_partitions_is_rolled_back_whole(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    sample.outages = 2
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    units = [uuid4() for _ in range(40)]
    await publish(bootstrap, [addressed.record(removal(unit)) for unit in units])
    async with transport(addressed, group):
        await until(lambda: len({e.unit_id for e in mine(sample, set(units))}) == 40, "all handled")
        await until(lambda: sample.outages == 0, "the outages over")
    assert await set_aside(addressed, units) == []
    async with addressed.database.read() as connection:
        keys = [str(unit) for unit in units]
        assert await connection.fetchval("SELECT count(*) FROM inbox_positions WHERE key = ANY($1)", keys) == 40


async def test_a_header_that_is_no_text_reaches_the_dead_letters(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    unit = uuid4()
    bad = addressed.record(removal(uuid4()))
    bad.headers.append(("reply_to", b"\xff\xfe"))
    await publish(bootstrap, [bad, addressed.record(removal(unit))])
    async with transport(addressed, group):
        await until(lambda: len(mine(sample, {unit})) == 1, "the good one handled")


async def test_a_late_duplicate_of_a_fenced_relay_has_no_effect(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    unit = uuid4()
    first, second = addressed.record(removal(unit, 2)), addressed.record(removal(unit, 3))
    last = addressed.record(removal(unit, 4))
    await publish(bootstrap, [first, second, first, second, last])
    async with transport(addressed, group):
        await until(lambda: len(mine(sample, {unit})) >= 3, "three handled")
    assert [len(e.member_ids) for e in mine(sample, {unit})] == [2, 3, 4]


async def test_offsets_are_committed_after_the_database(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    unit = uuid4()
    await publish(bootstrap, [addressed.record(removal(unit))])
    async with transport(addressed, group):
        await until(lambda: len(mine(sample, {unit})) == 1, "handled")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    assert sum(max(meta.offset, 0) for meta in offsets.values()) >= 1


async def set_aside(bench: Bench, units: list[UUID]) -> list[str]:
    """The keys of those units that have a dead letter. The topic also contains records of other tests."""
    async with bench.database.read() as connection:
        keys = [str(unit) for unit in units]
        rows = await connection.fetch("SELECT key FROM dead_letters WHERE key = ANY($1)", keys)
    return [row["key"] for row in rows]


async def publish(bootstrap: str, records: list, *, transactional_id: str | None = None) -> None:
    """Publish the records one after another. If there is a `transactional_id`, all are published in one transaction."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, transactional_id=transactional_id
    )
    await producer.start()
    try:
        async with producer.transaction() if transactional_id else nullcontext():
            for record in records:
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key.encode(), headers=record.headers
                )
    finally:
        await producer.stop()


async def test_a_transaction_that_fills_its_last_poll_leaves_no_lag(addressed: Bench, sample: Sample, group: str):
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    topic = Topic(unique_name("whole-poll"), "unit_id", "nobody", (), "for this test", partitions=1)
    await create_topics(bootstrap, [topic])
    whole = addressed.runtime.settings.poll_records
    records = [addressed.record(removal(uuid4())) for _ in range(whole)]
    await publish(bootstrap, [replace(record, topic=topic.name) for record in records], transactional_id=group)
    one = Transport(group, [topic], addressed.runtime.handler, addressed.runtime.settings, HealthState())
    await one.start()
    try:
        # The marker that ends a transaction also has an offset.
        await committed_up_to(bootstrap, group, topic, whole + 1)
    finally:
        await one.stop()


async def committed_up_to(bootstrap: str, group: str, topic: Topic, offset: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for _ in range(PATIENCE_S * 4):
            found = await admin.list_consumer_group_offsets(group)
            at = found.get(TopicPartition(topic.name, 0))
            if at is not None and at.offset == offset:
                return
            await asyncio.sleep(0.25)
        pytest.fail(f"never committed up to {offset}: {at}")
    finally:
        await admin.close()


async def test_an_unreadable_partition_loses_no_record_of_other_partitions(
    addressed: Bench, sample: Sample, group: str, monkeypatch: pytest.MonkeyPatch
):
    """A partition is unreadable if, for example, the codec of its records is not installed.

    aiokafka once moved the positions of other partitions before it raised this error, so that the records of those
    partitions were never handled.
    """
    sample.quiet = True
    bootstrap = addressed.runtime.settings.kafka_bootstrap
    topic = Topic(unique_name("unreadable"), "unit_id", "nobody", (), "for this test", partitions=4)
    await create_topics(bootstrap, [topic])
    units = [uuid4() for _ in range(24)]
    await publish(bootstrap, [replace(addressed.record(removal(unit)), topic=topic.name) for unit in units])
    whole, asked = FetchResult.getall, []

    def getall(self: FetchResult, max_records: int | None = None) -> list:
        topic_key = self._topic_partition
        asked.append(topic_key)
        # Fail at the second partition that the fetcher reads. The fetcher has already taken records of the first one.
        if topic_key == next((one for one in asked if one != asked[0]), None) and asked.count(topic_key) <= 2:
            raise UnsupportedCodecError("zstd")
        return whole(self, max_records)

    monkeypatch.setattr(FetchResult, "getall", getall)
    one = Transport(group, [topic], addressed.runtime.handler, addressed.runtime.settings, HealthState())
    await one.start()
    try:
        await until(lambda: len(mine(sample, set(units))) == 24, "all handled")
    finally:
        await one.stop()
    assert len(set(asked)) > 1
