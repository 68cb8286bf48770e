"""Ranges of topics that a restore has left behind: records told after the point to which everything went back.

Kafka cannot cut off a topic's end. Readers skip these ranges, whenever they read a topic again from before them. A
range does not outlive its topic: one that is made anew counts its offsets from 0 again, but its records are later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chassis.sql.connection import Connection

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord, TopicPartition


@dataclass(frozen=True, slots=True)
class Range:
    """What a restore leaves behind: from the first offset to before `end`.

    `last_at` is the time of the last record, None where nobody knows it. Of a topic made anew that holds nothing the
    range is empty; it tells readers that earlier records are gone.
    """

    topic: str
    partition: int
    first: int
    end: int
    last_at: datetime | None = None

    def holds(self, offset: int, at_ms: int) -> bool:
        return self.first <= offset < self.end and (
            self.last_at is None or at_ms <= round(self.last_at.timestamp() * 1000)
        )


#: Ranges by topic and partition.
Ranges = dict[tuple[str, int], list[Range]]


async def load(connection: Connection) -> Ranges:
    """Every range."""
    found: Ranges = {}
    rows = await connection.fetch(
        """SELECT topic, partition, first_offset, end_offset, last_at FROM abandoned_records
           ORDER BY topic, partition, first_offset"""
    )
    for row in rows:
        found.setdefault((row["topic"], row["partition"]), []).append(Range(*row.values()))
    return found


async def save(connection: Connection, ranges: Iterable[Range]) -> None:
    """Add ranges; one that is known may only grow."""
    await connection.executemany(
        """INSERT INTO abandoned_records AS a (topic, partition, first_offset, end_offset, last_at)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (topic, partition, first_offset)
           DO UPDATE SET end_offset = greatest(a.end_offset, excluded.end_offset), last_at = excluded.last_at""",
        [(one.topic, one.partition, one.first, one.end, one.last_at) for one in ranges],
    )


def began_at(ranges: Ranges, beginnings: Mapping["TopicPartition", int]) -> dict[tuple[str, int], int]:
    """The first offset that each partition still holds; above 0 where a range from 0 says that it was made anew.

    What came before is not on it, whether retention has removed it or a disk was lost.
    """
    anew = {place for place, found in ranges.items() if any(one.first == 0 for one in found)}
    return {
        (place.topic, place.partition): max(offset, 1) if (place.topic, place.partition) in anew else offset
        for place, offset in beginnings.items()
    }


def is_abandoned(ranges: Ranges, raw: "ConsumerRecord[Any, Any]") -> bool:
    """Whether a record, as aiokafka brings it, was left behind."""
    return any(one.holds(raw.offset, raw.timestamp) for one in ranges.get((raw.topic, raw.partition), ()))
