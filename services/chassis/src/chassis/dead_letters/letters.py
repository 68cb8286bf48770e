"""The table `dead_letters`: records that could not be handled, and later records of the same key, which wait behind
them.

A letter in the state `failed` or `parked` blocks its key: later records of this key are parked. A letter in the state
`refused` (written by a program that does not own the topic), `held` (its sequence number is not due) or `unknown` (an
event type of a newer release) blocks nothing. `replayed` and `discarded` letters are closed.

A letter is stored while the inbox row of its topic and key is locked, so the ids of letters are in the order of
arrival. Offsets are not: a topic that was deleted and created again counts them from 0 again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chassis.messaging import Place, Record
from chassis.observability import metrics
from chassis.privacy import shape_of
from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

PARKED_CAUSE = "parked"
OPEN_STATES: Final = ("failed", "parked", "refused", "held", "unknown")
#: SQL for the letters that block nothing.
APART: Final = "SELECT * FROM dead_letters WHERE state IN ('refused', 'held', 'unknown')"
#: SQL for all open letters; each half of the union has an index of its own.
OPEN: Final = f"(SELECT * FROM dead_letters WHERE state IN ('failed', 'parked') UNION ALL {APART})"  # noqa: S608
#: The header of every record that is replayed; a use case sees it as `Work.replay`.
REPLAY_HEADER = ("ce_replay", b"true")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record was set aside; no personal data in it."""

    cause: str
    message: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The result of storing a record. The record may have a letter already, and that letter may be closed."""

    is_open: bool
    is_new: bool


async def open_places(connection: Connection, places: Iterable[Place]) -> set[Place]:
    """The topics and keys that a letter blocks: later records of these keys are parked."""
    wanted = sorted(set(places))
    rows = await connection.fetch(
        """SELECT DISTINCT d.topic, d.key FROM dead_letters d
           JOIN unnest($1::text[], $2::text[]) AS u(topic, key) ON d.topic = u.topic AND d.key = u.key
           WHERE d.state IN ('failed', 'parked')""",
        [topic for topic, _ in wanted],
        [key for _, key in wanted],
    )
    return {(r["topic"], r["key"]) for r in rows}


async def park(connection: Connection, record: Record) -> None:
    """Store a record behind a failed one of its key."""
    await keep(connection, record, "parked", Failure(PARKED_CAUSE, "an earlier record of this key is set aside"))


async def keep(connection: Connection, record: Record, state: str, failure: Failure) -> Kept:
    """Store a record as a letter. If the record has a letter already, that letter stays as it is."""
    headers = dict(record.headers)
    row = await connection.fetchrow(
        """INSERT INTO dead_letters AS d (topic, partition, record_offset, key, ce_type, ce_id, headers, payload,
                                          state, cause, message, fingerprint, shape)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
           ON CONFLICT ON CONSTRAINT dead_letters_record DO UPDATE SET state = d.state
           RETURNING d.state NOT IN ('replayed', 'discarded') AS is_open, xmax = 0 AS is_new""",
        record.topic,
        record.partition,
        record.offset,
        record.key,
        _word(headers.get("ce_type")),
        _word(headers.get("ce_id")),
        [[name.replace("\x00", ""), _word(value) or ""] for name, value in record.headers],
        record.value,
        state,
        failure.cause,
        failure.message,
        hashlib.sha256(record.value or b"").hexdigest(),
        shape_of(record.value),
    )
    assert row is not None
    if row["is_new"]:
        metrics.dead_letters_total.labels(record.topic, state).inc()
    return Kept(row["is_open"], row["is_new"])


def _word(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace").replace("\x00", "")


async def find(connection: Connection, letter_id: int) -> "asyncpg.Record | None":
    """One letter with all columns, and the number of later letters that also block its key."""
    return await connection.fetchrow(
        """SELECT d.*, (SELECT count(*) FROM dead_letters b
                        WHERE b.topic = d.topic AND b.key = d.key AND b.state IN ('failed', 'parked')
                          AND d.state IN ('failed', 'parked') AND b.id > d.id) AS behind
           FROM dead_letters d WHERE d.id = $1""",
        letter_id,
    )


#: Letters with the headers and payload of their last edit.
AS_EDITED: Final = """SELECT d.id, d.topic, d.partition, d.record_offset, d.key, d.state,
                  CASE WHEN e.id IS NULL THEN d.headers ELSE e.headers END AS headers,
                  CASE WHEN e.id IS NULL THEN d.payload ELSE e.payload END AS payload
           FROM dead_letters d
           LEFT JOIN LATERAL (SELECT * FROM dead_letter_edits WHERE letter_id = d.id ORDER BY id DESC LIMIT 1) e
                  ON true"""


async def queue(connection: Connection, topic: str, key: str, most: int) -> "list[asyncpg.Record]":
    """The first letters that block a key, in the order of their arrival, with their last edits."""
    return await connection.fetch(
        f"""{AS_EDITED}
           WHERE d.topic = $1 AND d.key = $2 AND d.state IN ('failed', 'parked')
           ORDER BY d.id LIMIT $3""",
        topic,
        key,
        most,
    )


async def held(connection: Connection, topic: str, key: str, most: int) -> "list[asyncpg.Record]":
    """The first letters of a key whose numbers are not due, in the order of their arrival, with their last edits."""
    return await connection.fetch(
        f"{AS_EDITED} WHERE d.topic = $1 AND d.key = $2 AND d.state = 'held' ORDER BY d.id LIMIT $3", topic, key, most
    )


async def one(connection: Connection, letter_id: int) -> "asyncpg.Record | None":
    """One letter with its last edit."""
    return await connection.fetchrow(f"{AS_EDITED} WHERE d.id = $1", letter_id)


async def count_open(connection: Connection, topic: str, key: str) -> int:
    """How many letters block a key."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM dead_letters WHERE topic = $1 AND key = $2 AND state IN ('failed', 'parked')", topic, key
    )
    return found


async def count_all_open(connection: Connection) -> int:
    """How many letters are open, including those that block nothing."""
    found: int = await connection.fetchval(f"SELECT count(*) FROM {OPEN} AS o")  # noqa: S608 - a constant
    return found


async def gauge(connection: Connection) -> None:
    """Set the gauge: how many letters are open, by state."""
    counts = await connection.fetch(
        f"SELECT state, count(*) AS n FROM {OPEN} AS o GROUP BY state"  # noqa: S608 - a constant
    )
    for state in OPEN_STATES:
        metrics.dead_letters_open.labels(state).set(next((row["n"] for row in counts if row["state"] == state), 0))


async def waiting_places(connection: Connection, most: int) -> "list[asyncpg.Record]":
    """Keys with letters that block nothing, oldest first: how many letters, and the id and message of the oldest."""
    return await connection.fetch(
        f"""SELECT topic, partition, key, state, count(*) AS letters, min(id) AS first_id,
                  (array_agg(message ORDER BY id))[1] AS message
           FROM ({APART}) AS a
           GROUP BY topic, partition, key, state ORDER BY first_id LIMIT $1""",  # noqa: S608 - a constant
        most,
    )


async def tell_apart(connection: Connection, letter_id: int) -> None:
    """Set a parked letter to `unknown`: this release does not know its type, so it must not block the key."""
    await connection.execute(
        "UPDATE dead_letters SET state = 'unknown', cause = 'UnknownType', failed_at = clock_timestamp() WHERE id = $1",
        letter_id,
    )


async def end(connection: Connection, ids: Sequence[int], state: str) -> None:
    """Close letters as replayed or discarded; the payload stays until retention removes it."""
    await connection.execute(
        "UPDATE dead_letters SET state = $2, ended_at = now() WHERE id = ANY($1)", list(ids), state
    )


async def failed_again(connection: Connection, letter_id: int, failure: Failure) -> None:
    """Record a failed replay: the letter stays open with the new cause. It blocks its key only if it did before."""
    await connection.execute(
        """UPDATE dead_letters
           SET state = CASE state WHEN 'parked' THEN 'failed' ELSE state END, cause = $2, message = $3,
               attempts = attempts + 1, failed_at = clock_timestamp() WHERE id = $1""",
        letter_id,
        failure.cause,
        failure.message,
    )


def as_record(row: "asyncpg.Record") -> Record:
    """The record that a letter stores, marked as a replay."""
    headers = [(name, value.encode()) for name, value in row["headers"] if name != REPLAY_HEADER[0]]
    return Record(
        row["topic"], row["partition"], row["record_offset"], row["key"], [*headers, REPLAY_HEADER], row["payload"]
    )
