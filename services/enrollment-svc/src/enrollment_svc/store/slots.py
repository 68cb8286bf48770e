"""Advisory locks of ids, in slots: however many ids a transaction locks, its locks stay few.

PostgreSQL keeps the locks of all transactions in one table of a fixed size (some thousands). A lock for each unit of a
large union would fill it, and every other transaction would fail with "out of shared memory".
"""

from collections.abc import Iterable
from enum import IntEnum
from uuid import UUID

from chassis.sql import Connection

#: Ids that share a slot wait for one another without need: many enough that two submissions seldom do.
SLOTS = 1_024


class Locked(IntEnum):
    """The first of a lock's two numbers; locks of two numbers never meet those of one."""

    UNIT = 1
    CHECK = 2


async def lock(connection: Connection, what: Locked, ids: Iterable[UUID | str]) -> None:
    """Lock the slots of these ids for this transaction, in the order of the slots."""
    await connection.execute(
        """SELECT pg_advisory_xact_lock($1, slot)
           FROM (SELECT DISTINCT abs(hashtextextended(id, 0) % $2)::int AS slot FROM unnest($3::text[]) AS id
                 ORDER BY slot) AS slots""",
        what,
        SLOTS,
        [str(one) for one in ids],
    )
