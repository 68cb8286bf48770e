"""What readiness tells of records that were held or refused: where, why, and which dead letter to decide on.

A note, not a reason: unready replicas would take no more acts, and one foreign record would stop a service.
"""

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from chassis.dead_letters import letters
from chassis.health import Life
from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

NOTE: Final = "dead letters"
#: Places that are named; the gauge `ue_dead_letters_open` counts all.
SHOWN: Final = 5
#: What a key of ours looks like. Readiness is open to all, and a stranger's key may hold anything.
PLAIN_KEY: Final = re.compile(r"[0-9A-Za-z_./-]{1,64}")


async def tell(connection: Connection, life: Life) -> None:
    """Set the note, or take it back."""
    rows = await letters.waiting_places(connection, SHOWN)
    if rows:
        life.notes[NOTE] = "; ".join(_sentence(row) for row in rows)
    else:
        life.notes.pop(NOTE, None)


def _sentence(row: "asyncpg.Record") -> str:
    where = f"{row['topic']}/{row['partition']} key {shown_key(row['key'])}"
    return f"{where}: {row['letters']} {row['state']}, first letter {row['first_id']} ({row['message']})"


def shown_key(key: str) -> str:
    """The key, or a short hash of one that is none of ours."""
    return key if PLAIN_KEY.fullmatch(key) else f"#{sha256(key.encode()).hexdigest()[:10]}"
