"""Reads and publishes records of topics, and reads and sets the offsets of consumer groups."""

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.topics import TOPICS, Topic
from enrollctl.backup.manifest import Offsets
from enrollctl.streams.kafka_admin import committed_offsets, kafka_admin
from enrollctl.streams.topics import offset_ranges

#: How many of the last offsets of a partition are read to find its last record. One offset is not enough, because after
#: each transaction Kafka writes a marker, which has an offset but is no record.
LAST_RECORDS = 20
#: aiokafka's code for a timestamp that the broker has set.
APPENDED = 1
GROUPS = sorted({group for topic in TOPICS for group in topic.consumers})


def by_topic(offsets: dict[TopicPartition, int]) -> Offsets:
    found: Offsets = {}
    for place, offset in sorted(offsets.items()):
        found.setdefault(place.topic, {})[place.partition] = offset
    return found


async def topic_ends(bootstrap: str) -> Offsets:
    ranges = await offset_ranges(bootstrap, TOPICS)
    return by_topic({place: end for place, (_, end) in ranges.items()})


async def group_offsets(bootstrap: str, groups: Iterable[str]) -> dict[str, Offsets]:
    async with kafka_admin(bootstrap) as admin:
        return {
            group: by_topic({p: o for p, o in (await committed_offsets(admin, group)).items() if o >= 0})
            for group in groups
        }


async def set_group_offsets(bootstrap: str, group: str, offsets: Offsets) -> None:
    """Set the offsets of a consumer group.

    Raises a KafkaError while the service of the group runs, because then Kafka accepts offsets from the service only.
    """
    places = {TopicPartition(t, n): offset for t, numbers in offsets.items() for n, offset in numbers.items()}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(places))
        await consumer.commit(places)
    finally:
        await consumer.stop()


async def read_records(bootstrap: str, start: Offsets, until: Offsets) -> list[Any]:
    """Committed records from `start` (or from the beginning) up to `until`, in order within each partition.

    All these records are kept in memory, so call this only for compacted topics or for short ranges.
    """
    places = [TopicPartition(t, n) for t, numbers in until.items() for n in numbers]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed")
    found: list[Any] = []
    await consumer.start()
    try:
        consumer.assign(places)
        begins = await consumer.beginning_offsets(places)
        for place in places:
            first = max(start.get(place.topic, {}).get(place.partition, 0), begins[place])
            consumer.seek(place, min(first, until[place.topic][place.partition]))
        while any([await consumer.position(p) < until[p.topic][p.partition] for p in places]):
            for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
                found += [one for one in records if one.offset < until[place.topic][place.partition]]
    finally:
        await consumer.stop()
    return found


async def last_times(bootstrap: str, ends: Offsets) -> dict[TopicPartition, datetime]:
    """Partition → a time by which its last record had certainly arrived.

    The time is computed from the newest timestamp of the partition's last records. One hour is added to a timestamp
    that a producer set, because the producer's clock can be slow. A partition without records is not in the result.
    """
    start = {t: {n: max(0, end - LAST_RECORDS) for n, end in numbers.items()} for t, numbers in ends.items()}
    found: dict[TopicPartition, datetime] = {}
    for record in await read_records(bootstrap, start, ends) if ends else []:
        place = TopicPartition(record.topic, record.partition)
        ahead = timedelta() if record.timestamp_type == APPENDED else timedelta(hours=1)
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC) + ahead
        found[place] = max(found.get(place, at), at)
    return found


async def save_entries(bootstrap: str, topic: Topic, ends: Offsets, file: Path) -> None:
    """Save the last record of every key of a compacted topic as a line of JSON. Encrypted data stay encrypted."""
    records = await read_records(bootstrap, {}, {topic.name: ends[topic.name]})
    last = {record.key: record for record in records}
    with file.open("w", encoding="utf-8") as lines:
        for record in last.values():
            if record.value is not None:
                lines.write(json.dumps(_as_line(record)) + "\n")


def _as_line(record: Any) -> dict[str, Any]:
    return {
        "partition": record.partition,
        "key": _text(record.key or b""),
        "headers": [[name, _text(value)] for name, value in record.headers],
        "value": _text(record.value),
    }


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


async def publish_entries(bootstrap: str, topic: str, file: Path, keys: set[bytes] | None) -> int:
    """Publish the saved records of `keys` again, or all saved records if `keys` is None. Returns their number."""
    with file.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    count = 0
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for entry in entries:
            key = base64.b64decode(entry["key"])
            if keys is not None and key not in keys:
                continue
            headers = [(name, base64.b64decode(value)) for name, value in entry["headers"]]
            value = base64.b64decode(entry["value"])
            await producer.send_and_wait(topic, value, key=key, headers=headers, partition=entry["partition"])
            count += 1
    finally:
        await producer.stop()
    return count


async def publish_tombstones(bootstrap: str, topic: str, keys: Iterable[tuple[bytes, int]]) -> None:
    """Publish a tombstone (a record without a value) for each key, on its partition. Then Kafka deletes the key."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for key, partition in keys:
            await producer.send_and_wait(topic, None, key=key, partition=partition)
    finally:
        await producer.stop()
