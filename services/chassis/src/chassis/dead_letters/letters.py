"""Records set aside, and what stands parked behind them.

States: `failed` and `parked` hold their key up; `refused` (a stranger's), `held` (its number is not due) and `unknown`
(a type of a newer release) do not; `replayed` and `discarded` are closed.

Letters of a place are kept under its inbox lock, so their ids tell the order of arrival. Offsets do not: a topic that
was made anew counts them from 0 again.
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
#: Letters that hold nothing up, as SQL.
APART: Final = "SELECT * FROM dead_letters WHERE state IN ('refused', 'held', 'unknown')"
#: All that are open, as SQL: each half has an index of its own.
OPEN: Final = f"(SELECT * FROM dead_letters WHERE state IN ('failed', 'parked') UNION ALL {APART})"  # noqa: S608
#: In the header of every record that is handled again; `Work.replay` tells a use case.
REPLAY_HEADER = ("ce_replay", b"true")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record was set aside; no personal data in it."""

    cause: str
    message: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a record to be kept: it may have been here before, and that letter may be closed."""

    is_open: bool
    is_new: bool


async def open_places(connection: Connection, places: Iterable[Place]) -> set[Place]:
    """Places with a record set aside: what follows there is parked."""
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
    """Keep a record behind a failed one of its key."""
    await keep(connection, record, "parked", Failure(PARKED_CAUSE, "an earlier record of this key is set aside"))


async def keep(connection: Connection, record: Record, state: str, failure: Failure) -> Kept:
    """One row; a record that is there already stays as it is."""
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
    """One letter, whole, with the number of open ones behind it at its place."""
    return await connection.fetchrow(
        """SELECT d.*, (SELECT count(*) FROM dead_letters b
                        WHERE b.topic = d.topic AND b.key = d.key AND b.state IN ('failed', 'parked')
                          AND d.state IN ('failed', 'parked') AND b.id > d.id) AS behind
           FROM dead_letters d WHERE d.id = $1""",
        letter_id,
    )


#: A letter as it was last edited.
AS_EDITED: Final = """SELECT d.id, d.topic, d.partition, d.record_offset, d.key, d.state,
                  CASE WHEN e.id IS NULL THEN d.headers ELSE e.headers END AS headers,
                  CASE WHEN e.id IS NULL THEN d.payload ELSE e.payload END AS payload
           FROM dead_letters d
           LEFT JOIN LATERAL (SELECT * FROM dead_letter_edits WHERE letter_id = d.id ORDER BY id DESC LIMIT 1) e
                  ON true"""


async def queue(connection: Connection, topic: str, key: str, most: int) -> "list[asyncpg.Record]":
    """The first letters that hold a place up, in the order of their arrival, as they were last edited."""
    return await connection.fetch(
        f"""{AS_EDITED}
           WHERE d.topic = $1 AND d.key = $2 AND d.state IN ('failed', 'parked')
           ORDER BY d.id LIMIT $3""",
        topic,
        key,
        most,
    )


async def held(connection: Connection, topic: str, key: str, most: int) -> "list[asyncpg.Record]":
    """The first letters of a place whose numbers are not due, in the order of their arrival, as last edited."""
    return await connection.fetch(
        f"{AS_EDITED} WHERE d.topic = $1 AND d.key = $2 AND d.state = 'held' ORDER BY d.id LIMIT $3", topic, key, most
    )


async def one(connection: Connection, letter_id: int) -> "asyncpg.Record | None":
    """A letter as it was last edited."""
    return await connection.fetchrow(f"{AS_EDITED} WHERE d.id = $1", letter_id)


async def count_open(connection: Connection, topic: str, key: str) -> int:
    """How many letters hold a place up."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM dead_letters WHERE topic = $1 AND key = $2 AND state IN ('failed', 'parked')", topic, key
    )
    return found


async def count_all_open(connection: Connection) -> int:
    """How many letters are open, whether they hold anything up or not."""
    found: int = await connection.fetchval(f"SELECT count(*) FROM {OPEN} AS o")  # noqa: S608 - a constant
    return found


async def gauge(connection: Connection) -> None:
    """How many letters are open, by state."""
    counts = await connection.fetch(
        f"SELECT state, count(*) AS n FROM {OPEN} AS o GROUP BY state"  # noqa: S608 - a constant
    )
    for state in OPEN_STATES:
        metrics.dead_letters_open.labels(state).set(next((row["n"] for row in counts if row["state"] == state), 0))


async def waiting_places(connection: Connection, most: int) -> "list[asyncpg.Record]":
    """Places with letters that hold nothing up, the oldest first: where, how many, and the oldest's words."""
    return await connection.fetch(
        f"""SELECT topic, partition, key, state, count(*) AS letters, min(id) AS first_id,
                  (array_agg(message ORDER BY id))[1] AS message
           FROM ({APART}) AS a
           GROUP BY topic, partition, key, state ORDER BY first_id LIMIT $1""",  # noqa: S608 - a constant
        most,
    )


async def tell_apart(connection: Connection, letter_id: int) -> None:
    """A parked record of a type that this release does not know holds nothing up once its turn has come."""
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
    """A replay failed: the letter stays, with the new cause. What held nothing up before does not now."""
    await connection.execute(
        """UPDATE dead_letters
           SET state = CASE state WHEN 'parked' THEN 'failed' ELSE state END, cause = $2, message = $3,
               attempts = attempts + 1, failed_at = clock_timestamp() WHERE id = $1""",
        letter_id,
        failure.cause,
        failure.message,
    )


def as_record(row: "asyncpg.Record") -> Record:
    """The record that a letter keeps, marked as a replay."""
    headers = [(name, value.encode()) for name, value in row["headers"] if name != REPLAY_HEADER[0]]
    return Record(
        row["topic"], row["partition"], row["record_offset"], row["key"], [*headers, REPLAY_HEADER], row["payload"]
    )
