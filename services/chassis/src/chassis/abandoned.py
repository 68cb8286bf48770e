"""Ranges of topics that a restore has left behind: records told after the point to which everything went back.

Kafka cannot cut off a topic's end. Readers skip these ranges, whenever they read a topic again from before them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg

#: Topic and partition → ranges from the first offset to the one after the last.
Ranges = dict[tuple[str, int], list[tuple[int, int]]]


async def load(connection: "asyncpg.Connection[Any]") -> Ranges:
    """Every range."""
    found: Ranges = {}
    for row in await connection.fetch("SELECT * FROM abandoned_records ORDER BY topic, partition, first_offset"):
        found.setdefault((row["topic"], row["partition"]), []).append((row["first_offset"], row["end_offset"]))
    return found


async def save(connection: "asyncpg.Connection[Any]", ranges: Iterable[tuple[str, int, int, int]]) -> None:
    """Add topic, partition, first offset and end of ranges; one that is known may only grow."""
    await connection.executemany(
        """INSERT INTO abandoned_records AS a (topic, partition, first_offset, end_offset) VALUES ($1, $2, $3, $4)
           ON CONFLICT (topic, partition, first_offset)
           DO UPDATE SET end_offset = greatest(a.end_offset, excluded.end_offset)""",
        list(ranges),
    )


def is_abandoned(ranges: Ranges, topic: str, partition: int, offset: int) -> bool:
    return any(first <= offset < end for first, end in ranges.get((topic, partition), ()))
