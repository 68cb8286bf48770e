"""Reads all records on topics, and checks their sequence numbers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.envelope import Envelope, EnvelopeError
from contracts.topics import TOPICS, Topic
from faults.checks.reconciliation import Reconciliation

Place = tuple[str, str]

#: Compacted topics of the six services. A run of the pair, the rig's two small services, has topics of its own.
COMPACTED = frozenset(topic.name for topic in TOPICS if topic.compacted)


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """One record. `id` is "" if the record's headers are no valid envelope; only the rig publishes such records."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str
    type: str
    sequence: int
    value: bytes


async def read_all(bootstrap: str, topics: Sequence[Topic]) -> list[TopicRecord]:
    """All records, in the order of partitions and offsets, without those of aborted transactions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: list[TopicRecord] = []
        open_ones = {tp for tp in places if ends[tp] > 0}
        while open_ones:
            for records in (await consumer.getmany(*open_ones, timeout_ms=500)).values():
                found += [_record_of(record) for record in records]
            # Compare the position, not the last record, because the marker of a transaction has an offset but is no
            # record.
            open_ones = {tp for tp in open_ones if await consumer.position(tp) < ends[tp]}
        return sorted(found, key=lambda one: (one.topic, one.partition, one.offset))
    finally:
        await consumer.stop()


def _record_of(record: Any) -> TopicRecord:
    key = (record.key or b"").decode(errors="replace")
    place = (record.topic, record.partition, record.offset, key)
    try:
        envelope = Envelope.from_headers(record.headers)
    except EnvelopeError:
        return TopicRecord(*place, "", "", 0, record.value or b"")
    return TopicRecord(*place, str(envelope.id), envelope.type, envelope.sequence, record.value or b"")


class Wire:
    """The records of the services, without those that the rig planted.

    `distinct`: each event once. `last`: the highest sequence number of each topic and key.
    """

    def __init__(
        self, records: Iterable[TopicRecord], planted: Iterable[str] = (), *, compacted: Collection[str] = COMPACTED
    ) -> None:
        """`planted` are ids of records that the rig itself wrote."""
        foreign = set(planted)
        found = [one for one in records if one.id]
        self.records = [one for one in found if one.id not in foreign]
        first: dict[str, TopicRecord] = {}
        for one in self.records:
            first.setdefault(one.id, one)
        self.distinct = list(first.values())
        self.copies = len(self.records) - len(self.distinct)
        self.last = _highest(self.distinct)
        self.planted_last = _highest(one for one in found if one.id in foreign)
        #: The last record of each key on a compacted topic, copies included. It is the record that compaction retains.
        self.last_records = {(one.topic, one.key): one for one in self.records if one.topic in compacted}

    def judge(self, reconciliation: Reconciliation) -> None:
        """The sequence numbers of each topic and key must rise without gaps. A key must be in one partition only, and
        an event must have one sequence number only.
        """
        by_place: dict[Place, list[TopicRecord]] = defaultdict(list)
        for one in self.distinct:
            by_place[one.topic, one.key].append(one)
        for place, events in by_place.items():
            _judge_place(reconciliation, f"{place[0]} {place[1]}", events)
        numbers = {(one.id, one.sequence) for one in self.records}
        reconciliation.find("doubled", "events with two sequences", len(numbers) - len(self.distinct))
        for (topic, key), one in self.last_records.items():
            stale = self.last[topic, key] - one.sequence
            reconciliation.find("out_of_order", f"{topic} {key}: the last word is {one.sequence}", int(stale > 0))


def _highest(records: Iterable[TopicRecord]) -> dict[Place, int]:
    last: dict[Place, int] = {}
    for one in records:
        place = (one.topic, one.key)
        last[place] = max(last.get(place, 0), one.sequence)
    return last


def _judge_place(reconciliation: Reconciliation, name: str, events: list[TopicRecord]) -> None:
    sequences = [one.sequence for one in events]
    known = set(sequences)
    reconciliation.find("lost", f"{name}: sequences missing on the topic", max(known) - len(known))
    reconciliation.find("doubled", f"{name}: two events with one sequence", len(sequences) - len(known))
    backwards = sum(later < earlier for earlier, later in pairwise(sequences))
    reconciliation.find("out_of_order", f"{name}: sequences run backwards", backwards)
    reconciliation.find(
        "out_of_order", f"{name}: one key in several partitions", len({e.partition for e in events}) - 1
    )
