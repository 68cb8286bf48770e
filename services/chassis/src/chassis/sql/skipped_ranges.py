"""Skipped ranges: records that were published after the point to which a restore has set all databases back (ADR 0010).

Kafka cannot delete the end of a topic, so readers skip these ranges whenever they read a topic from an earlier offset.
If the topic is deleted and created again later, the same offsets come again with new records. The new records must not
be skipped. They have later timestamps than the last record of the range.
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
    """The offsets of one partition from `first` up to, but not including, `end`.

    `last_at` is the broker's time of the last record, None if it is not known. A range that begins at 0 has a second
    meaning: the topic was deleted and created again between the backup and the restore. So all records from before the
    backup are lost. `first_offsets` uses this meaning. Therefore the restore stores a range that begins at 0 even if it
    is empty.
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
    """Add ranges. If a range with the same beginning is stored, its end can only become higher."""
    await connection.executemany(
        """INSERT INTO abandoned_records AS a (topic, partition, first_offset, end_offset, last_at)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (topic, partition, first_offset)
           DO UPDATE SET end_offset = greatest(a.end_offset, excluded.end_offset), last_at = excluded.last_at""",
        [(one.topic, one.partition, one.first, one.end, one.last_at) for one in ranges],
    )


def first_offsets(ranges: Ranges, beginnings: Mapping["TopicPartition", int]) -> dict[tuple[str, int], int]:
    """The first offset of each partition, changed where Kafka's own number would mislead the caller.

    The caller concludes from a number above 0 that earlier records of the partition are missing. Kafka reports such a
    number after retention has removed records. For a topic that was deleted and created again Kafka reports 0, although
    earlier records are missing, too. The partitions of this topic have a skipped range that begins at 0. For them the
    result is at least 1.
    """
    recreated = {partition for partition, skipped in ranges.items() if any(one.first == 0 for one in skipped)}
    return {
        (tp.topic, tp.partition): max(offset, 1) if (tp.topic, tp.partition) in recreated else offset
        for tp, offset in beginnings.items()
    }


def is_skipped(ranges: Ranges, raw: "ConsumerRecord[Any, Any]") -> bool:
    """Whether a record, as aiokafka returns it, lies in a skipped range."""
    return any(skipped.contains(raw.offset, raw.timestamp) for skipped in ranges.get((raw.topic, raw.partition), ()))
