"""Creates, lists and follows the topics that `contracts.topics` declares."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from contracts.envelope import Envelope, EnvelopeError
from contracts.topics import TOPICS, Topic
from enrollctl.errors import ComponentUnhealthy, Failure
from enrollctl.streams.kafka_admin import kafka_admin

TOPIC_ALREADY_EXISTS = 36


async def ensure_topics(bootstrap: str, topics: Iterable[Topic] = TOPICS, patience: float = 30) -> list[str]:
    """Create missing topics and wait until each partition has a leader; returns the names of the new topics.

    Raises Failure if a topic has another number of partitions than declared, because keys would change partitions.
    """
    declared = {topic.name: topic for topic in topics}
    async with kafka_admin(bootstrap, patience) as admin:
        existing = set(await admin.list_topics())
        missing = [topic for name, topic in declared.items() if name not in existing]
        if missing:
            await _create(admin, missing)
        await _await_leaders(admin, declared, patience)
    return [topic.name for topic in missing]


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic]) -> None:
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config()) for topic in topics]
    )
    for name, code, *message in answer.topic_errors:
        if code not in (0, TOPIC_ALREADY_EXISTS):
            reason = next((text for text in message if text), for_code(code).description)
            raise Failure(f"topic {name} could not be created: {reason}")


async def _await_leaders(admin: AIOKafkaAdminClient, declared: dict[str, Topic], patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        topics = await admin.describe_topics(list(declared))
        if all(_has_leaders(topic) for topic in topics):
            break
        if time.monotonic() > deadline:
            raise ComponentUnhealthy("Kafka did not elect leaders for the topics in time; see its log")
        await asyncio.sleep(0.1)
    for topic in topics:
        name, count = topic["topic"], len(topic["partitions"])
        if count != declared[name].partitions:
            raise Failure(f"topic {name} has {count} partitions, declared are {declared[name].partitions}")


def _has_leaders(topic: dict[str, Any]) -> bool:
    return bool(topic["error_code"] == 0 and all(partition["leader"] >= 0 for partition in topic["partitions"]))


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A declared topic and its size. `records` counts offsets, so it includes records that compaction has removed."""

    name: str
    key: str
    producer: str
    consumers: tuple[str, ...]
    compacted: bool
    exists: bool
    partitions: int
    records: int


async def list_topics(bootstrap: str) -> list[TopicRow]:
    async with kafka_admin(bootstrap, patience=5) as admin:
        existing = set(await admin.list_topics())
    ends = await offset_ranges(bootstrap, [topic for topic in TOPICS if topic.name in existing])
    return [_row(topic, topic.name in existing, ends) for topic in TOPICS]


def _row(topic: Topic, exists: bool, ranges: dict[TopicPartition, tuple[int, int]]) -> TopicRow:
    records = sum(end - begin for partition, (begin, end) in ranges.items() if partition.topic == topic.name)
    return TopicRow(
        topic.name, topic.key, topic.producer, topic.consumers, topic.compacted, exists, topic.partitions, records
    )


async def offset_ranges(bootstrap: str, topics: Iterable[Topic]) -> dict[TopicPartition, tuple[int, int]]:
    """For each partition, the first retained offset and the offset that the next record will get."""
    partitions = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
    if not partitions:
        return {}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    return {partition: (begins[partition], ends[partition]) for partition in partitions}


@dataclass(frozen=True, slots=True)
class Tailed:
    """One record as an operator sees it: its envelope and the number of its people, but no data of people."""

    topic: str
    partition: int
    offset: int
    time: str
    type: str
    key: str
    sequence: int | None
    part: str | None
    people: int | None
    id: str | None
    replay: bool


async def tail(
    bootstrap: str, topic: str, *, from_start: bool = False, limit: int | None = None
) -> AsyncIterator[Tailed]:
    """Yield records as they arrive. `from_start`: first yield the retained records. Ends after `limit` records."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest" if from_start else "latest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    try:
        count = 0
        while limit is None or count < limit:
            yield tailed(await consumer.getone())
            count += 1
    finally:
        await consumer.stop()


def tailed(record: ConsumerRecord[bytes | None, bytes | None]) -> Tailed:
    """Decode the fields that an operator is allowed to see. If the record is not a valid event, `type` is the error."""
    key = (record.key or b"").decode("utf-8", "replace")
    place = (record.topic, record.partition, record.offset)
    body = _body(record.value)
    try:
        envelope = Envelope.from_headers(record.headers)
    except EnvelopeError as error:
        return Tailed(*place, str(record.timestamp), f"({error})", key, None, None, _people(body), None, False)
    return Tailed(
        *place,
        time=envelope.time.isoformat(timespec="milliseconds"),
        type=envelope.type,
        key=key,
        sequence=envelope.sequence,
        part=_part(body),
        people=_people(body),
        id=str(envelope.id),
        replay=envelope.replay,
    )


def _body(value: bytes | None) -> dict[str, Any]:
    try:
        body = orjson.loads(value or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _part(body: dict[str, Any]) -> str | None:
    part = body.get("part")
    return (
        f"{part['index'] + 1}/{part['count']}" if isinstance(part, dict) and {"index", "count"} <= part.keys() else None
    )


#: The fields in which events list people, and `heads`, in which they count people.
PEOPLE_FIELDS = ("members", "statuses", "people", "member_ids", "heads")


def _people(body: dict[str, Any]) -> int | None:
    for name in PEOPLE_FIELDS:
        value = body.get(name)
        if isinstance(value, list) and (value or "heads" not in body):
            return len(value)
        if isinstance(value, int):
            return value
    return None
