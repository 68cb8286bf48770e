"""The table `dead_letters`: records that could not be handled, and later records of the same key, which wait behind
them.

A letter in the state `failed` or `parked` blocks its key: later records of this key are parked. Letters in three states
block nothing. `refused`: the record was written by a program that does not own the topic. `held`: an earlier sequence
number is missing. `unknown`: the event type belongs to a newer release. `replayed` and `discarded` letters are closed.

The ids of a key's letters are in the order of arrival, because a letter is stored while the inbox row of its topic and
key is locked. Only a refused letter is stored without this lock. The order of offsets is not used, because offsets
start from 0 again if a topic is deleted and created again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from asyncpg import Record as Row

from chassis.messaging import Record, TopicKey
from chassis.observability import metrics
from chassis.privacy import shape_of
from chassis.sql import Connection, Statement

PARKED_CAUSE = "parked"
OPEN_STATES: Final = ("failed", "parked", "refused", "held", "unknown")
#: The header that marks a replayed record; a use case reads it as `UnitOfWork.replay`.
REPLAY_HEADER = ("ce_replay", b"true")

#: The letters that block nothing.
NON_BLOCKING: Final = "SELECT * FROM dead_letters WHERE state IN ('refused', 'held', 'unknown')"
#: All open letters. Each half of the `UNION ALL` has its own index.
OPEN = Statement(
    "(SELECT * FROM dead_letters WHERE state IN ('failed', 'parked') UNION ALL {non_blocking})",
    non_blocking=NON_BLOCKING,
)
BLOCKED_KEYS = Statement(
    """SELECT DISTINCT d.topic, d.key FROM dead_letters AS d
       JOIN unnest(:topics::text[], :keys::text[]) AS u (topic, key) ON d.topic = u.topic AND d.key = u.key
       WHERE d.state IN ('failed', 'parked')"""
)
STORE = Statement(
    """INSERT INTO dead_letters AS d (topic, partition, record_offset, key, ce_type, ce_id, headers, payload,
                                      state, cause, message, fingerprint, shape)
       VALUES (:topic, :partition, :offset, :key, :ce_type, :ce_id, :headers, :value,
               :state, :cause, :message, :fingerprint, :shape)
       ON CONFLICT ON CONSTRAINT dead_letters_record DO UPDATE SET state = d.state
       RETURNING d.state NOT IN ('replayed', 'discarded') AS is_open, xmax = 0 AS is_new"""
)
FIND = Statement(
    """SELECT d.*, (SELECT count(*) FROM dead_letters AS b
                    WHERE b.topic = d.topic AND b.key = d.key AND b.state IN ('failed', 'parked')
                      AND d.state IN ('failed', 'parked') AND b.id > d.id) AS behind
       FROM dead_letters AS d WHERE d.id = :letter_id"""
)
#: Letters with the headers and payload of their last edit.
AS_EDITED: Final = """
    SELECT d.id, d.topic, d.partition, d.record_offset, d.key, d.state,
           CASE WHEN e.id IS NULL THEN d.headers ELSE e.headers END AS headers,
           CASE WHEN e.id IS NULL THEN d.payload ELSE e.payload END AS payload
    FROM dead_letters AS d
    LEFT JOIN LATERAL (SELECT * FROM dead_letter_edits WHERE letter_id = d.id ORDER BY id DESC LIMIT 1) AS e ON true"""
QUEUE = Statement(
    """{as_edited} WHERE d.topic = :topic AND d.key = :key AND d.state IN ('failed', 'parked')
       ORDER BY d.id LIMIT :limit""",
    as_edited=AS_EDITED,
)
HELD_LETTERS = Statement(
    "{as_edited} WHERE d.topic = :topic AND d.key = :key AND d.state = 'held' ORDER BY d.id LIMIT :limit",
    as_edited=AS_EDITED,
)
WITH_LAST_EDIT = Statement("{as_edited} WHERE d.id = :letter_id", as_edited=AS_EDITED)
COUNT_OPEN = Statement(
    "SELECT count(*) FROM dead_letters WHERE topic = :topic AND key = :key AND state IN ('failed', 'parked')"
)
COUNT_ALL_OPEN = Statement("SELECT count(*) FROM {open} AS o", open=OPEN)
COUNT_BY_STATE = Statement("SELECT state, count(*) AS n FROM {open} AS o GROUP BY state", open=OPEN)
NON_BLOCKING_KEYS = Statement(
    """SELECT topic, partition, key, state, count(*) AS letters, min(id) AS first_id,
              (array_agg(message ORDER BY id))[1] AS message
       FROM ({non_blocking}) AS a GROUP BY topic, partition, key, state ORDER BY first_id LIMIT :limit""",
    non_blocking=NON_BLOCKING,
)
SET_UNKNOWN = Statement(
    """UPDATE dead_letters SET state = 'unknown', cause = 'UnknownType', failed_at = clock_timestamp()
       WHERE id = :letter_id"""
)
CLOSE = Statement("UPDATE dead_letters SET state = :state, ended_at = now() WHERE id = ANY(:ids)")
FAILED_AGAIN = Statement(
    """UPDATE dead_letters
       SET state = CASE state WHEN 'parked' THEN 'failed' ELSE state END, cause = :cause, message = :message,
           attempts = attempts + 1, failed_at = clock_timestamp() WHERE id = :letter_id"""
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record became a letter. The texts hold no personal data."""

    cause: str
    message: str


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """The result of storing a record.

    If the record had a letter before, `is_new` is False, and `is_open` says whether this letter is open.
    """

    is_open: bool
    is_new: bool


async def blocked_topic_keys(connection: Connection, topic_keys: Iterable[TopicKey]) -> set[TopicKey]:
    """The topics and keys that a letter blocks: later records of these keys are parked."""
    ordered = sorted(set(topic_keys))
    topics, keys = [topic for topic, _ in ordered], [key for _, key in ordered]
    return {(r["topic"], r["key"]) for r in await BLOCKED_KEYS.fetch(connection, topics=topics, keys=keys)}


async def park(connection: Connection, record: Record) -> None:
    """Store a record that waits behind a failed record of its key."""
    await store(connection, record, "parked", Failure(PARKED_CAUSE, "an earlier record of this key is set aside"))


async def store(connection: Connection, record: Record, state: str, failure: Failure) -> StoredLetter:
    """Store a record as a letter. If the record has a letter already, that letter stays as it is."""
    headers = dict(record.headers)
    [row] = await STORE.fetch(
        connection,
        record,
        failure,
        ce_type=_text(headers.get("ce_type")),
        ce_id=_text(headers.get("ce_id")),
        headers=[[name.replace("\x00", ""), _text(value) or ""] for name, value in record.headers],
        state=state,
        fingerprint=hashlib.sha256(record.value or b"").hexdigest(),
        shape=shape_of(record.value),
    )
    if row["is_new"]:
        metrics.dead_letters_total.labels(record.topic, state).inc()
    return StoredLetter(row["is_open"], row["is_new"])


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace").replace("\x00", "")


async def find(connection: Connection, letter_id: int) -> Row | None:
    """One letter with all columns, and the number of later letters that also block its key."""
    return await FIND.fetchrow(connection, letter_id=letter_id)


async def queue(connection: Connection, topic: str, key: str, limit: int) -> list[Row]:
    """The first letters that block a key, in the order of their arrival, with their last edits."""
    return await QUEUE.fetch(connection, topic=topic, key=key, limit=limit)


async def held_letters(connection: Connection, topic: str, key: str, limit: int) -> list[Row]:
    """The first held letters of a key, in the order of their arrival, with their last edits."""
    return await HELD_LETTERS.fetch(connection, topic=topic, key=key, limit=limit)


async def with_last_edit(connection: Connection, letter_id: int) -> Row | None:
    """One letter with its last edit."""
    return await WITH_LAST_EDIT.fetchrow(connection, letter_id=letter_id)


async def count_open(connection: Connection, topic: str, key: str) -> int:
    """How many letters block a key."""
    return int(await COUNT_OPEN.fetchval(connection, topic=topic, key=key))


async def count_all_open(connection: Connection) -> int:
    """How many letters are open, including those that block nothing."""
    return int(await COUNT_ALL_OPEN.fetchval(connection))


async def update_gauge(connection: Connection) -> None:
    """Set the gauge: how many letters are open, by state."""
    counts = {row["state"]: row["n"] for row in await COUNT_BY_STATE.fetch(connection)}
    for state in OPEN_STATES:
        metrics.dead_letters_open.labels(state).set(counts.get(state, 0))


async def non_blocking_keys(connection: Connection, limit: int) -> list[Row]:
    """The keys with letters that block nothing, in the order of their oldest letters.

    Each row is about one key and one state. The row says how many letters the key has in this state, and contains the
    id and message of the oldest letter.
    """
    return await NON_BLOCKING_KEYS.fetch(connection, limit=limit)


async def set_unknown(connection: Connection, letter_id: int) -> None:
    """Set a letter to `unknown`, because this release does not know its event type.

    From now on, the letter does not block its key.
    """
    await SET_UNKNOWN.execute(connection, letter_id=letter_id)


async def close(connection: Connection, ids: Sequence[int], state: str) -> None:
    """Close letters as replayed or discarded. The rows stay, with their payloads, until `Retention` deletes them."""
    await CLOSE.execute(connection, ids=list(ids), state=state)


async def failed_again(connection: Connection, letter_id: int, failure: Failure) -> None:
    """Record a failed replay: the letter stays open with the new cause. A letter that blocked nothing before the replay
    still blocks nothing.
    """
    await FAILED_AGAIN.execute(connection, failure, letter_id=letter_id)


def as_record(row: Row) -> Record:
    """The record that a letter stores, marked as a replay."""
    headers = [(name, value.encode()) for name, value in row["headers"] if name != REPLAY_HEADER[0]]
    return Record(
        row["topic"], row["partition"], row["record_offset"], row["key"], [*headers, REPLAY_HEADER], row["payload"]
    )
