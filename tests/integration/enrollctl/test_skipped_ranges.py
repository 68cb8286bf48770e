"""A restore skips ranges of topics: the records that were published after the backup, which no service may handle
again.

The tests check where a range ends, and how a service's database stores ranges.
"""

import time
from datetime import UTC, datetime

from integration.chassis.messaging.test_transport import publish
from integration.chassis.sample_service import Sample

from chassis.messaging import Record
from chassis.sql import SkippedRange, skipped_ranges
from chassis.testing import service_under_test
from contracts.topics import Topic
from enrollctl.backup.positions import last_times
from enrollctl.backup.restore import store_skipped_ranges
from support.topics import create_topics, unique_name


async def test_the_last_record_is_found_among_the_markers_of_transactions(kafka_topics: str):
    topic = Topic(unique_name("marked"), "key", "nobody", (), "t", partitions=1)
    await create_topics(kafka_topics, [topic])
    started = time.time()
    for number in range(3):
        one = Record(topic.name, 0, 0, "key", [], b"x")
        await publish(kafka_topics, [one], transactional_id=f"{topic.name}.{number}")
    [at] = (await last_times(kafka_topics, {topic.name: {0: 6}})).values()
    assert int(started) <= at.timestamp() <= time.time()


async def test_older_ranges_of_a_recreated_topic_are_deleted(database: str):
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    async with service_under_test(Sample().service, database) as bench:
        await store_skipped_ranges(
            database, [SkippedRange("lost", 0, 1_000, 1_100, at), SkippedRange("kept", 3, 7, 9, at)]
        )
        await store_skipped_ranges(database, [SkippedRange("lost", 0, 0, 200, at)], {"lost"})
        async with bench.database.read() as connection:
            assert await skipped_ranges.load(connection) == {
                ("lost", 0): [SkippedRange("lost", 0, 0, 200, at)],
                ("kept", 3): [SkippedRange("kept", 3, 7, 9, at)],
            }


async def test_stored_positions_on_a_recreated_topic_are_deleted(database: str):
    """On a compacted topic, the stored offset limits how far a sequence is allowed to jump. Offsets of the lost topic
    cannot be compared with offsets of the new topic."""
    async with service_under_test(Sample().service, database) as bench:
        async with bench.database.connection() as connection:
            await connection.execute(
                """INSERT INTO inbox_positions (topic, key, last, last_id, partition, record_offset)
                   SELECT t, 'one', 6, gen_random_uuid(), 0, 60 FROM unnest($1::text[]) AS t""",
                ["lost", "kept"],
            )
        await store_skipped_ranges(database, [], {"lost"})
        async with bench.database.read() as connection:
            rows = await connection.fetch(
                "SELECT topic, last, last_id IS NULL, partition, record_offset FROM inbox_positions ORDER BY topic"
            )
    assert [tuple(row) for row in rows] == [("kept", 6, False, 0, 60), ("lost", 6, False, None, None)]
