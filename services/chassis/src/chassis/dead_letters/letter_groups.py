"""Groups dead letters by cause, event type and shape.

The shape is the outline of the payload. Records that fail because of one bug or one faulty producer usually have the
same cause, event type and shape. So an operator can decide about all of them together.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from asyncpg import Record

from chassis.dead_letters.letters import NON_BLOCKING
from chassis.sql import Connection, Statement

#: The id of a group: a hash of the cause, event type and shape (outline of the payload) that its letters share.
GROUP_ID: Final = "left(encode(sha256(convert_to(concat_ws('|', cause, ce_type, shape), 'UTF8')), 'hex'), 10)"

#: For each blocked topic and key, the first letter that blocks it. `letters.queue` returns the same letter first.
FIRST: Final = """(SELECT DISTINCT ON (topic, key) * FROM dead_letters WHERE state IN ('failed', 'parked')
                   ORDER BY topic, key, id)"""
#: Letters that can be discarded: the first letter that blocks each key, and every letter that blocks nothing.
HEADS = Statement("{first} UNION ALL {non_blocking}", first=FIRST, non_blocking=NON_BLOCKING)
#: Letters that can be replayed: the first letter that blocks each key, and all letters of keys that no letter blocks.
REPLAYABLE = Statement(
    """{first} UNION ALL SELECT * FROM ({non_blocking}) AS a WHERE NOT EXISTS
       (SELECT FROM dead_letters AS w WHERE w.topic = a.topic AND w.key = a.key AND w.state IN ('failed', 'parked'))""",
    first=FIRST,
    non_blocking=NON_BLOCKING,
)
#: The letters that can be discarded now (True), and those that can be replayed now (False).
CAN_BE_HANDLED = {True: HEADS, False: REPLAYABLE}
GROUPS = Statement(
    """SELECT {group_id} AS group_id, cause, ce_type, shape, array_agg(DISTINCT topic ORDER BY topic) AS topics,
              count(*) AS letters, count(DISTINCT (topic, key)) AS keys, max(attempts) AS most_attempts,
              min(set_aside_at) AS oldest_at, max(set_aside_at) AS newest_at, max(failed_at) AS last_failed_at,
              (array_agg(id ORDER BY id))[1:3] AS samples,
              (array_agg(message ORDER BY failed_at DESC))[1] AS message,
              (SELECT count(*) FROM dead_letters AS p
               WHERE p.state = 'parked' AND (p.topic, p.key) IN
                     (SELECT f.topic, f.key FROM dead_letters AS f
                      WHERE f.state = 'failed' AND f.cause = d.cause AND f.ce_type IS NOT DISTINCT FROM d.ce_type
                        AND f.shape = d.shape)) AS parked_behind
       FROM dead_letters AS d WHERE state IN ('failed', 'refused', 'held', 'unknown')
       GROUP BY cause, ce_type, shape ORDER BY letters DESC, oldest_at""",
    group_id=GROUP_ID,
)
HEADS_OF = {
    to_discard: Statement(
        """SELECT id, state FROM ({heads}) AS h
           WHERE (state = 'parked' OR ({group_id} = :group_id AND failed_at < :before)) AND id <> ALL(:tried)
           ORDER BY state = 'parked' DESC, id LIMIT :limit""",
        heads=heads,
        group_id=GROUP_ID,
    )
    for to_discard, heads in CAN_BE_HANDLED.items()
}
SIZE_OF = {
    to_discard: Statement(
        "SELECT count(*) FROM ({heads}) AS h WHERE state <> 'parked' AND {group_id} = :group_id",
        heads=heads,
        group_id=GROUP_ID,
    )
    for to_discard, heads in CAN_BE_HANDLED.items()
}


async def groups(connection: Connection) -> list[Record]:
    """The groups of open letters, the largest first, with the number of records that are parked behind each group."""
    return await GROUPS.fetch(connection)


async def heads_of(
    connection: Connection,
    group_id: str | None,
    before: datetime,
    limit: int,
    *,
    to_discard: bool = False,
    tried: Collection[int] = (),
) -> list[Record]:
    """Id and state of the group's letters that can be replayed (or discarded) now, oldest first. Letters in `tried` and
    letters that have failed since `before` are left out.

    Parked letters that are the first of their key come before the group's letters. A parked letter belongs to no group.
    How a parked letter becomes the first of its key: a replay has closed the failed letter before it, but has not
    handled the parked letter, because one replay handles at most a fixed number of letters.
    """
    statement = HEADS_OF[to_discard]
    return await statement.fetch(connection, group_id=group_id, before=before, limit=limit, tried=list(tried))


async def size_of(connection: Connection, group_id: str, *, to_discard: bool = False) -> int:
    """How many letters of the group can be replayed, or discarded, now."""
    return int(await SIZE_OF[to_discard].fetchval(connection, group_id=group_id))
