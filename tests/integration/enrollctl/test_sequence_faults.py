"""`enrollctl lag` shows the gaps and regressions that consumers found.

A regression is a record that was handled although a higher sequence number of its key was handled before.
"""

import asyncpg

from chassis.schema import migrate
from enrollctl.streams.sequences import SequenceFaults, sequence_faults

POSITIONS = """INSERT INTO inbox_positions (topic, key, last, gaps, regressions)
               VALUES ('a.v1', 'one', 5, 2, 0), ('a.v1', 'two', 7, 1, 1), ('b.v1', 'one', 3, 0, 0)"""


async def test_gaps_and_regressions_are_summed_per_topic(database: str):
    await migrate(database, ["chassis"])
    connection = await asyncpg.connect(database)
    await connection.execute(POSITIONS)
    await connection.close()
    found = await sequence_faults({"reader": database})
    assert found == {"reader": {"a.v1": SequenceFaults(3, 1), "b.v1": SequenceFaults(0, 0)}}


async def test_a_database_that_does_not_answer_is_left_out():
    assert await sequence_faults({"reader": "postgresql://nobody@127.0.0.1:1/none"}) == {}
