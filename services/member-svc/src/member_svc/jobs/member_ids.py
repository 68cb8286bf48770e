"""The ids of new members (UUIDv7)."""

import os
import time
from uuid import UUID

_VERSION = 7 << 76
_VARIANT = 2 << 62
_LOW_BITS = (1 << 62) - 1


def new_member_id() -> UUID:
    """48 bits of the time in milliseconds, then 74 random bits.

    The members of one import get neighboring ids, so every store writes them to the same pages of its indexes. Random
    ids would change a different page for each member.
    """
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000
    return UUID(int=milliseconds << 80 | _VERSION | random >> 68 << 64 | _VARIANT | random & _LOW_BITS)
