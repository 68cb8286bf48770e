"""Publishes and reads records on the topics of the pair, without the chassis. The records that it publishes are, for
example, copies, forged records, and records that no consumer can handle.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.envelope import Headers
from contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class Raw:
    """A record to send. If `partition` is None, the key determines the partition."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = field(default_factory=list)
    partition: int | None = None


def send(bootstrap: str, records: Sequence[Raw]) -> None:
    """Send all records, in order. Raises KafkaError for a record that the broker refuses."""
    asyncio.run(_send(bootstrap, records))


async def _send(bootstrap: str, records: Sequence[Raw]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=4 * 1024 * 1024
    )
    await producer.start()
    try:
        for one in records:
            await producer.send_and_wait(
                one.topic, one.value, key=one.key, headers=one.headers, partition=one.partition
            )
    finally:
        await producer.stop()


def read(bootstrap: str, topic: Topic) -> list[Raw]:
    """All records on the topic, as they are stored there."""
    return asyncio.run(_read(bootstrap, topic))


async def _read(bootstrap: str, topic: Topic) -> list[Raw]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: list[Raw] = []
        while any([await consumer.position(tp) < ends[tp] for tp in places]):
            for batch in (await consumer.getmany(timeout_ms=300)).values():
                found += [Raw(r.topic, r.key, r.value, [*r.headers], r.partition) for r in batch]
        return found
    finally:
        await consumer.stop()


def rewind(bootstrap: str, group: str, topics: Sequence[Topic]) -> None:
    """Set the offsets of a consumer group back to the start. The group must have no members."""
    asyncio.run(_rewind(bootstrap, group, topics))


async def _rewind(bootstrap: str, group: str, topics: Sequence[Topic]) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        consumer.assign(places)
        await consumer.commit({place: OffsetAndMetadata(0, "") for place in places})
    finally:
        await consumer.stop()
