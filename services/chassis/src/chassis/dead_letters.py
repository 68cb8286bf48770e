"""Records set aside, and what stands parked behind them. States: failed, parked, replayed, discarded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chassis import metrics
from chassis.inbox import Place
from chassis.records import Record

if TYPE_CHECKING:
    import asyncpg

PARKED_CAUSE = "parked"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record was set aside; no personal data in it."""

    cause: str
    message: str


async def open_places(connection: "asyncpg.Connection[Any]", places: Iterable[Place]) -> set[Place]:
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


async def set_aside(connection: "asyncpg.Connection[Any]", record: Record, failure: Failure) -> None:
    """Keep a record that failed on its data."""
    await _insert(connection, record, "failed", failure)


async def park(connection: "asyncpg.Connection[Any]", record: Record) -> None:
    """Keep a record behind a failed one of its key."""
    await _insert(connection, record, "parked", Failure(PARKED_CAUSE, "an earlier record of this key is set aside"))


async def _insert(connection: "asyncpg.Connection[Any]", record: Record, state: str, failure: Failure) -> None:
    """One row; a record that is there already stays as it is."""
    headers = dict(record.headers)
    await connection.execute(
        """INSERT INTO dead_letters
               (topic, partition, record_offset, key, ce_type, ce_id, headers, payload, state, cause, message)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT ON CONSTRAINT dead_letters_record DO NOTHING""",
        record.topic,
        record.partition,
        record.offset,
        record.key.replace("\x00", ""),
        _word(headers.get("ce_type")),
        _word(headers.get("ce_id")),
        [[name, _word(value) or ""] for name, value in record.headers],
        record.value,
        state,
        failure.cause,
        failure.message,
    )
    metrics.dead_letters_total.labels(record.topic, state).inc()


def _word(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace").replace("\x00", "")


async def find(connection: "asyncpg.Connection[Any]", letter_id: int) -> "asyncpg.Record | None":
    """One letter, whole."""
    return await connection.fetchrow("SELECT * FROM dead_letters WHERE id = $1", letter_id)


async def queue(connection: "asyncpg.Connection[Any]", topic: str, key: str) -> "list[asyncpg.Record]":
    """The open letters of a place, in the order of their arrival."""
    return await connection.fetch(
        """SELECT * FROM dead_letters WHERE topic = $1 AND key = $2 AND state IN ('failed', 'parked')
           ORDER BY partition, record_offset""",
        topic,
        key,
    )


async def end(connection: "asyncpg.Connection[Any]", ids: Sequence[int], state: str) -> None:
    """Close letters as replayed or discarded; the payload stays until retention removes it."""
    await connection.execute(
        "UPDATE dead_letters SET state = $2, ended_at = now() WHERE id = ANY($1)", list(ids), state
    )


async def failed_again(connection: "asyncpg.Connection[Any]", letter_id: int, failure: Failure) -> None:
    """A replay failed: the letter stays, with the new cause."""
    await connection.execute(
        """UPDATE dead_letters SET state = 'failed', cause = $2, message = $3, attempts = attempts + 1,
                  failed_at = now() WHERE id = $1""",
        letter_id,
        failure.cause,
        failure.message,
    )


def as_record(row: "asyncpg.Record") -> Record:
    """The record that a letter keeps."""
    headers = [(name, value.encode()) for name, value in row["headers"]]
    return Record(row["topic"], row["partition"], row["record_offset"], row["key"], headers, row["payload"])
