"""A note in the readiness response about the dead letters that block no key: held, refused and unknown letters.

The note does not make the replica unready. If it did, a single record of a foreign producer would stop the service,
because an unready replica gets no requests.
"""

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from chassis.dead_letters import letters
from chassis.health import HealthState
from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

NOTE: Final = "dead letters"
#: How many keys the note names at most. The gauge `ue_dead_letters_open` counts all open letters.
SHOWN: Final = 5
#: The form of our own keys. Keys of another form are not shown. Everybody is allowed to read the response, and the key
#: of a foreign record can contain anything, such as a name.
PLAIN_KEY: Final = re.compile(r"[0-9A-Za-z_./-]{1,64}")


async def update(connection: Connection, health: HealthState) -> None:
    """Set the note, or remove it when no letter is left to report."""
    rows = await letters.non_blocking_keys(connection, SHOWN)
    if rows:
        health.notes[NOTE] = "; ".join(_sentence(row) for row in rows)
    else:
        health.notes.pop(NOTE, None)


def _sentence(row: "asyncpg.Record") -> str:
    where = f"{row['topic']}/{row['partition']} key {shown_key(row['key'])}"
    return f"{where}: {row['letters']} {row['state']}, first letter {row['first_id']} ({row['message']})"


def shown_key(key: str) -> str:
    """The key, or a short hash of a key that does not have the form of our keys."""
    return key if PLAIN_KEY.fullmatch(key) else f"#{sha256(key.encode()).hexdigest()[:10]}"
