"""Checks that the topics contain records of both versions of the contracts, when old and new processes run together."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import TOPICS
from enrollctl.errors import Failure
from faults.platform.platform import Platform

NEW_HEADER = "ce_newer"
NEW_FIELD = b'"told_by_version":"new"'


class Versions:
    """Reads the versions of all records that were published after this object was created."""

    def __init__(self, platform: Platform) -> None:
        self._bootstrap = platform.kafka_bootstrap
        self._begins = asyncio.run(self._ends())

    def both_must_lie_on_topics(self) -> None:
        """Raises Failure if one version published nothing, or if a record is of neither version."""
        marks = asyncio.run(self._marks())
        old, new = marks.count((False, False)), marks.count((True, True))
        if not old or not new or old + new < len(marks):
            raise Failure(f"of {len(marks)} records {old} are of the old version, {new} of the new one")

    async def _ends(self) -> dict[TopicPartition, int]:
        async with AIOKafkaConsumer(bootstrap_servers=self._bootstrap) as consumer:
            return dict(await consumer.end_offsets(_places()))

    async def _marks(self) -> list[tuple[bool, bool]]:
        """For each record, whether it has the new header and whether it has the new field."""
        ends = await self._ends()
        found: list[tuple[bool, bool]] = []
        async with AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, isolation_level="read_committed", enable_auto_commit=False
        ) as consumer:
            open_ones = {place for place in _places() if self._begins[place] < ends[place]}
            consumer.assign(list(open_ones))
            for place in open_ones:
                consumer.seek(place, self._begins[place])
            while open_ones:
                for records in (await consumer.getmany(*open_ones, timeout_ms=500)).values():
                    found += [_mark(record) for record in records]
                # Compare the position, not the last record, because the marker of a transaction has an offset but is no
                # record.
                open_ones = {place for place in open_ones if await consumer.position(place) < ends[place]}
        return found


def _places() -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]


def _mark(record: Any) -> tuple[bool, bool]:
    return any(name == NEW_HEADER for name, _ in record.headers), NEW_FIELD in (record.value or b"")
