"""Advisory locks of ids. Many ids share a slot, so that a transaction that locks many ids needs few locks.

PostgreSQL keeps the locks of all transactions in one table of a fixed size (some thousands). A lock for each unit of a
large union would fill this table, and every other transaction would fail with "out of shared memory".
"""

from collections.abc import Iterable
from enum import IntEnum
from uuid import UUID

from chassis.sql import Connection, Statement

#: If the ids of two transactions share a slot, the second transaction waits for the first without need. With this many
#: slots that is rare, unless one of the transactions locks hundreds of ids.
SLOTS = 1_024


class Locked(IntEnum):
    """The kind of the ids that are locked. Each kind has slots of its own. A lock has two numbers: the kind and the
    slot.

    PostgreSQL's advisory locks have one number or two numbers. A lock with one number, such as the lock of a rate,
    never blocks a lock with two numbers.
    """

    UNIT = 1
    CHECK = 2
    SUBMISSION = 3


LOCK = Statement(
    """SELECT pg_advisory_xact_lock(:kind, slot)
       FROM (SELECT DISTINCT abs(hashtextextended(id, 0) % :slots)::int AS slot FROM unnest(:ids::text[]) AS id
             ORDER BY slot) AS slots"""
)


async def lock(connection: Connection, kind: Locked, ids: Iterable[UUID | str]) -> None:
    """Lock the slots of these ids for this transaction, in the order of the slots, so that there is no deadlock."""
    await LOCK.execute(connection, kind=kind, slots=SLOTS, ids=[str(one) for one in ids])
