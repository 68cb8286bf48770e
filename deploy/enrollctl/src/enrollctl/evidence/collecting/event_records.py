"""Reads the events about a batch from the topics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from chassis.sql import Connection, SkippedRange, Statement, is_skipped
from contracts.envelope import Envelope, EnvelopeError
from contracts.topics import BY_NAME, Topic
from enrollctl.errors import Failure
from enrollctl.evidence.canonical import digest
from enrollctl.evidence.collecting.stores import NotYet
from enrollctl.evidence.documents.events import EventEntry, KeyRange

LAST = Statement("SELECT topic, key, last FROM outbox_sequences WHERE topic = :topic AND key = ANY(:keys)")
UNPUBLISHED = Statement("SELECT count(*) FROM outbox WHERE topic = :topic AND key = ANY(:keys)")
PARTITIONER = DefaultPartitioner()

#: Topic and key.
Place = tuple[str, str]
Ranges = dict[tuple[str, int], list[SkippedRange]]


@dataclass(frozen=True, slots=True)
class Published:
    """The events that the services have published about the batch. `last`: topic and key → the last sequence number.

    `skipped`: the records that services skip after a restore.
    """

    last: Mapping[Place, int]
    skipped: Ranges


async def last_sequences(connection: Connection, topic: Topic, keys: Sequence[str]) -> dict[Place, int]:
    """The last sequence number that the topic's owner has used for each key. A key without events is left out.

    Raises NotYet if an event is not on its topic yet.
    """
    if waiting := await UNPUBLISHED.fetchval(connection, topic=topic.name, keys=list(keys)):
        raise NotYet(f"{waiting} events of {topic.producer} are not on {topic.name} yet; see `enrollctl status`")
    rows = await LAST.fetch(connection, topic=topic.name, keys=list(keys))
    return {(row["topic"], row["key"]): row["last"] for row in rows}


async def events_of(bootstrap: str, published: Published, since: datetime | None) -> list[EventEntry]:
    """The events with the keys of `published` that the topics still retain, sorted by topic, key and sequence number.

    Only the partitions of these keys are read, from `since` on, until all sequence numbers are found.
    """
    found: dict[tuple[str, str, int], EventEntry] = {}
    wanted = dict(published.last)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )  # fmt: skip
    await consumer.start()
    try:
        ends = await _seek(consumer, {partition_of(*place) for place in wanted}, since)
        while ends and len(found) < sum(wanted.values()):
            for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
                for entry in entries_of(place, records, published):
                    # A later record with the same sequence number is a copy. Readers skip copies.
                    found.setdefault((entry.topic, entry.key, entry.sequence), entry)
            if all([await consumer.position(place) >= end for place, end in ends.items()]):
                break
    finally:
        await consumer.stop()
    return [found[one] for one in sorted(found)]


async def _seek(consumer: Any, places: Iterable[TopicPartition], since: datetime | None) -> dict[TopicPartition, int]:
    """Assign the partitions and begin at the first record from `since` on. Returns partition → end offset."""
    wanted = sorted(places)
    consumer.assign(wanted)
    ends = dict(await consumer.end_offsets(wanted)) if wanted else {}
    begins = dict(await consumer.beginning_offsets(wanted)) if wanted else {}
    if since is not None and wanted:
        at = await consumer.offsets_for_times({place: int(since.timestamp() * 1000) for place in wanted})
        begins |= {place: one.offset for place, one in at.items() if one is not None}
    for place, first in begins.items():
        consumer.seek(place, first)
    return ends


def entries_of(place: TopicPartition, records: Iterable[Any], published: Published) -> Iterable[EventEntry]:
    """The events of the wanted keys. Left out are forged records, and records that services skip (ADR 0010)."""
    for record in records:
        key = (record.key or b"").decode("utf-8", "replace")
        last = published.last.get((place.topic, key), 0)
        if not last or is_skipped(published.skipped, record):
            continue
        try:
            envelope = Envelope.from_headers(record.headers)
        except EnvelopeError:
            continue
        if envelope.source == BY_NAME[place.topic].source and envelope.sequence <= last:
            yield _entry(record, key, envelope)


def _entry(record: Any, key: str, envelope: Envelope) -> EventEntry:
    payload = record.value or b""
    return EventEntry(
        topic=record.topic,
        key=key,
        sequence=envelope.sequence,
        partition=record.partition,
        offset=record.offset,
        id=envelope.id,
        type=envelope.type,
        source=envelope.source,
        time=envelope.time,
        causation_id=envelope.causation_id,
        correlation_id=envelope.correlation_id,
        payload_sha256=digest(payload),
        payload_bytes=len(payload),
    )


def partition_of(topic: str, key: str) -> TopicPartition:
    """The partition of a key: producers choose it by Kafka's hash of the key."""
    return TopicPartition(topic, PARTITIONER(key.encode(), list(range(BY_NAME[topic].partitions)), []))


def ranges_of(last: Mapping[Place, int], events: Sequence[EventEntry]) -> list[KeyRange]:
    """The sequence numbers of each key that the topic still retains. The oldest events of a key may be missing.

    Raises Failure if an event is missing after the oldest one that is retained: the pack must tell the whole history.
    """
    found: dict[Place, list[int]] = {place: [] for place in last}
    for event in events:
        found[event.topic, event.key].append(event.sequence)
    ranges = []
    for (topic, key), end in sorted(last.items()):
        present = found[topic, key]
        first = present[0] if present else end + 1
        if present != list(range(first, end + 1)):
            missing = sorted(set(range(first, end + 1)) - set(present))
            raise Failure(
                f"{topic} has no event {missing[0]} of {key}, although it has a later one: see `enrollctl lag`, and "
                "`enrollctl dead-letters list`; no pack was written"
            )
        ranges.append(KeyRange(topic=topic, key=key, first=first, last=end))
    return ranges
