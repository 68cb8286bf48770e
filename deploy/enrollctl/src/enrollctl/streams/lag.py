"""Measures the lag of each consumer group: how many records of a topic it has not committed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition

from contracts.topics import TOPICS, Topic
from enrollctl.streams.kafka_admin import committed_offsets, kafka_admin
from enrollctl.streams.topics import offset_ranges

Ranges = Mapping[TopicPartition, tuple[int, int]]
Committed = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Lag:
    """The lag of `group` on `topic`, over all partitions.

    `committed`: the sum of the group's committed offsets; None if the group has never committed on this topic. `end`:
    the sum of the end offsets. `lag`: None if the topic is compacted and the group has never committed on it.
    """

    group: str
    topic: str
    committed: int | None
    end: int
    lag: int | None


async def measure_lag(bootstrap: str, topics: Iterable[Topic] = TOPICS) -> list[Lag]:
    """One `Lag` for each topic and each of its declared consumers, ordered by group."""
    declared = list(topics)
    groups = sorted({group for topic in declared for group in topic.consumers})
    async with kafka_admin(bootstrap, patience=5) as admin:
        existing = set(await admin.list_topics())
        offsets = {group: await committed_offsets(admin, group) for group in groups}
    ranges = await offset_ranges(bootstrap, [topic for topic in declared if topic.name in existing])
    return [
        lag_of(group, topic, ranges, offsets[group])
        for group in groups
        for topic in declared
        if topic.name in existing and group in topic.consumers
    ]


def lag_of(group: str, topic: Topic, ranges: Ranges, committed: Committed) -> Lag:
    """The lag of one group on one topic. Records that Kafka no longer retains do not count as lag."""
    partitions = {partition: ends for partition, ends in ranges.items() if partition.topic == topic.name}
    end = sum(last for _, last in partitions.values())
    with_offset = [partition for partition in partitions if committed.get(partition, -1) >= 0]
    if not with_offset and topic.compacted:
        return Lag(group, topic.name, None, end, None)
    lag = sum(last - max(committed.get(partition, -1), first) for partition, (first, last) in partitions.items())
    done = sum(committed[partition] for partition in with_offset) if with_offset else None
    return Lag(group, topic.name, done, end, max(lag, 0))
