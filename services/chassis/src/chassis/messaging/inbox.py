"""The inbox: the last record that was handled, for each topic and key. Its rows are locked while a poll is handled."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chassis.messaging.positions import Position
from chassis.sql import Connection
from contracts.topics import BY_NAME

if TYPE_CHECKING:
    import asyncpg

TopicKey = tuple[str, str]
Positions = Mapping[TopicKey, Position]


async def lock(connection: Connection, topic_keys: Iterable[TopicKey]) -> Positions:
    """Lock the rows of these topics and keys until the transaction ends; create missing rows.

    So no two polls or replays handle records of a key at the same time. All callers lock in sorted order, so that they
    do not deadlock.
    """
    ordered = sorted(set(topic_keys))
    rows = await connection.fetch(
        """INSERT INTO inbox_positions AS p (topic, key, last)
           SELECT t, k, 0 FROM unnest($1::text[], $2::text[]) AS u(t, k)
           ON CONFLICT (topic, key) DO UPDATE SET last = p.last
           RETURNING topic, key, last, last_id, partition, record_offset, gap_first, gap_last""",
        [topic for topic, _ in ordered],
        [key for _, key in ordered],
    )
    return {(row["topic"], row["key"]): _position(row) for row in rows}


async def save(connection: Connection, positions: Positions) -> None:
    """Write the positions back, in one statement."""
    topic_keys = sorted(positions)
    ordered = [positions[topic_key] for topic_key in topic_keys]
    await connection.execute(
        """UPDATE inbox_positions AS p
           SET last = u.last, last_id = u.last_id, partition = u.partition, record_offset = u.record_offset,
               gap_first = u.gap_first, gap_last = u.gap_last,
               gaps = p.gaps + u.gaps, regressions = p.regressions + u.regressions
           FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::integer[], $6::bigint[], $7::bigint[],
                       $8::bigint[], $9::bigint[], $10::bigint[])
               AS u(topic, key, last, last_id, partition, record_offset, gap_first, gap_last, gaps, regressions)
           WHERE p.topic = u.topic AND p.key = u.key""",
        [topic for topic, _ in topic_keys],
        [key for _, key in topic_keys],
        [position.last for position in ordered],
        [position.last_id for position in ordered],
        [position.partition for position in ordered],
        [position.offset for position in ordered],
        [position.gap[0] if position.gap else None for position in ordered],
        [position.gap[1] if position.gap else None for position in ordered],
        [position.gaps for position in ordered],
        [position.regressions for position in ordered],
    )


def _position(row: "asyncpg.Record") -> Position:
    gap = (row["gap_first"], row["gap_last"]) if row["gap_first"] is not None else None
    return Position(row["last"], row["last_id"], row["partition"], row["record_offset"], gap)


def is_compacted(topic: str) -> bool:
    """Whether the topic is compacted. Kafka removes older records of a key there, so a missing number is no loss."""
    return topic in BY_NAME and BY_NAME[topic].compacted
