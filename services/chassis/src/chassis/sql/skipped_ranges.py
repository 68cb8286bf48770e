"""Skipped ranges: records that were published after the point to which a restore has set all databases back (ADR 0010).

Kafka cannot delete the end of a topic, so readers skip these ranges whenever they read a topic again from an earlier
offset. A range applies only to the topic on which it was recorded. A topic that was deleted and created again counts
its offsets from 0 again, but its records have later timestamps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chassis.sql.connection import Connection

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord, TopicPartition


@dataclass(frozen=True, slots=True)
class SkippedRange:
    """The offsets from `first` to before `end` of one partition.

    `last_at` is the broker's time of the last record, None if it is not known. An empty range with `first` 0 marks a
    topic that was created again and has no records: its earlier records are lost.
    """

    topic: str
    partition: int
    first: int
    end: int
    last_at: datetime | None = None

    def contains(self, offset: int, at_ms: int) -> bool:
        return self.first <= offset < self.end and (
            self.last_at is None or at_ms <= round(self.last_at.timestamp() * 1000)
        )


#: Ranges by topic and partition.
Ranges = dict[tuple[str, int], list[SkippedRange]]


async def load(connection: Connection) -> Ranges:
    """All ranges, by topic and partition."""
    ranges: Ranges = {}
    rows = await connection.fetch(
        """SELECT topic, partition, first_offset, end_offset, last_at FROM abandoned_records
           ORDER BY topic, partition, first_offset"""
    )
    for row in rows:
        ranges.setdefault((row["topic"], row["partition"]), []).append(SkippedRange(*row.values()))
    return ranges


async def save(connection: Connection, ranges: Iterable[SkippedRange]) -> None:
    """Add ranges; a range that is stored already can only grow."""
    await connection.executemany(
        """INSERT INTO abandoned_records AS a (topic, partition, first_offset, end_offset, last_at)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (topic, partition, first_offset)
           DO UPDATE SET end_offset = greatest(a.end_offset, excluded.end_offset), last_at = excluded.last_at""",
        [(one.topic, one.partition, one.first, one.end, one.last_at) for one in ranges],
    )


def first_offsets(ranges: Ranges, beginnings: Mapping["TopicPartition", int]) -> dict[tuple[str, int], int]:
    """The first offset that each partition still has. An offset above 0 means that earlier records are missing:
    retention removed them, or a disk was lost.

    If the topic was created again, its offsets begin at 0 although earlier records are missing. So the result is at
    least 1 if a skipped range begins at 0.
    """
    recreated = {partition for partition, skipped in ranges.items() if any(one.first == 0 for one in skipped)}
    return {
        (tp.topic, tp.partition): max(offset, 1) if (tp.topic, tp.partition) in recreated else offset
        for tp, offset in beginnings.items()
    }


def is_skipped(ranges: Ranges, raw: "ConsumerRecord[Any, Any]") -> bool:
    """Whether a record, as aiokafka returns it, lies in a skipped range."""
    return any(skipped.contains(raw.offset, raw.timestamp) for skipped in ranges.get((raw.topic, raw.partition), ()))
