"""The ids of new members (UUIDv7)."""

import os
import time
from uuid import UUID

from asyncpg.pgproto import pgproto

_VERSION = 7 << 76
_VARIANT = 2 << 62
_LOW_BITS = (1 << 62) - 1
_RANDOM_BYTES = 10
#: A subclass of `uuid.UUID` in C. Python's own class takes six times as long to make an id.
_id = pgproto.UUID


def new_member_ids(count: int) -> list[UUID]:
    """`count` new ids. In each id, 48 bits are the time in milliseconds, and 74 bits are random.

    The members of one import get neighboring ids, so every database writes them to the same pages of its indexes. With
    random ids, the database would change a different page for each member.
    """
    random = os.urandom(_RANDOM_BYTES * count)
    head = time.time_ns() // 1_000_000 << 80 | _VERSION | _VARIANT
    return [_member_id(head, random[start : start + _RANDOM_BYTES]) for start in range(0, len(random), _RANDOM_BYTES)]


def _member_id(head: int, random: bytes) -> UUID:
    bits = int.from_bytes(random, "big")
    made: UUID = _id((head | bits >> 68 << 64 | bits & _LOW_BITS).to_bytes(16, "big"))
    return made
