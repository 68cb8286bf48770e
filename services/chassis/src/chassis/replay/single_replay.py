"""Replays a dead letter under the same lock as live consumption, then the letters parked behind it, in order.

A record that became a `refused` or `held` letter has not moved the position of its key. The replay may move the
position, which depends on the record's sequence number.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chassis.batch_handling import UNKNOWN_TYPE, BatchHandler, UnknownType
from chassis.database import OutgoingEvent, outbox
from chassis.dead_letters import Failure, letters
from chassis.domain import Refusal
from chassis.messaging import Position, Record, inbox, sources
from chassis.resilience import cause_of, describe, is_infrastructure
from chassis.sql import Connection
from contracts.envelope import Envelope

if TYPE_CHECKING:
    import asyncpg

#: States of letters that block nothing.
STAND_APART: Final = ("refused", "held", "unknown")
#: At most this many letters are handled in one transaction: polls with the same key wait for it, but only 8 s.
MOST = 100


class NotOpen(Refusal):
    code = "DEAD_LETTER_CLOSED"
    message = "该死信已处理，不能重复操作，请刷新后查看"


class NotFirst(Refusal):
    code = "DEAD_LETTER_NOT_FIRST"
    message = "同一个键有更早的死信，请先处理更早的一条"


@dataclass(frozen=True, slots=True)
class Replayed:
    """`replayed`: how many letters were handled. `failure`: why the next was not. `left`: how many block the key."""

    replayed: int
    failure: Failure | None = None
    left: int = 0

    @property
    def unfinished(self) -> bool:
        """Whether more letters are parked than one transaction handles; a bulk replay handles the rest."""
        return self.failure is None and self.left > 0


async def replay(connection: Connection, handler: BatchHandler, letter_id: int, *, most: int = MOST) -> Replayed:
    """Handle the letter and those parked behind it, until one fails or `most` are done.

    Raises NotOpen or NotFirst.
    """
    queue = await open_queue(connection, letter_id, most)
    if queue[0]["state"] in STAND_APART:
        return await _take_after_all(connection, handler, queue[0], most)
    return await _go_through(connection, handler, queue)


async def discard(connection: Connection, handler: BatchHandler, letter_id: int, *, most: int = MOST) -> Replayed:
    """Discard the letter, then handle those parked behind it. Raises NotOpen or NotFirst."""
    queue = await open_queue(connection, letter_id, most + 1)
    await letters.end(connection, [letter_id], "discarded")
    if queue[0]["state"] in STAND_APART or len(queue) == 1:
        return Replayed(0)
    return await _go_through(connection, handler, queue[1:])


async def rehearse(connection: Connection, handler: BatchHandler, letter_id: int, *, most: int = MOST) -> Replayed:
    """Replay the letter, then roll all changes back; returns the result."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        return await replay(connection, handler, letter_id, most=most)
    finally:
        await transaction.rollback()


async def open_queue(connection: Connection, letter_id: int, most: int) -> "list[asyncpg.Record]":
    """Lock the letter's key. Returns the letter and those behind it, or only the letter if it blocks nothing.

    Raises NotOpen or NotFirst.
    """
    row = await letters.find(connection, letter_id)
    if row is None or row["state"] not in letters.OPEN_STATES:
        raise NotOpen(id=letter_id)
    await inbox.lock(connection, [(row["topic"], row["key"])])
    # The transaction that held the lock before may have closed the letter.
    letter = await letters.one(connection, letter_id)
    if letter is None or letter["state"] not in letters.OPEN_STATES:
        raise NotOpen(id=letter_id)
    if letter["state"] in STAND_APART:
        return [letter]
    queue = await letters.queue(connection, row["topic"], row["key"], most)
    if queue[0]["id"] != letter_id:
        raise NotFirst(id=letter_id, first=queue[0]["id"])
    return queue


async def _go_through(connection: Connection, handler: BatchHandler, queue: "list[asyncpg.Record]") -> Replayed:
    done: list[int] = []
    failure = None
    outgoing = []
    records = [letters.as_record(row) for row in queue]
    await handler.subscriptions.take_locks(records, connection)
    for row, record in zip(queue, records, strict=True):
        try:
            outgoing += await handler.run(record, Envelope.from_headers(record.headers), connection)
        except Exception as error:
            if is_infrastructure(error):
                raise
            if isinstance(error, UnknownType):
                await letters.tell_apart(connection, row["id"])
                continue
            failure = Failure(cause_of(error), describe(error))
            await letters.failed_again(connection, row["id"], failure)
            break
        done.append(row["id"])
    await letters.end(connection, done, "replayed")
    await outbox.write(connection, outgoing)
    left = await letters.count_open(connection, queue[0]["topic"], queue[0]["key"])
    return Replayed(len(done), failure, left)


async def _take_after_all(
    connection: Connection, handler: BatchHandler, letter: "asyncpg.Record", most: int
) -> Replayed:
    """Handle a letter that blocks nothing, then the held letters of its key whose numbers are due next.

    Raises NotFirst if another letter blocks the key: that one must be handled before this one.
    """
    topic_key = (letter["topic"], letter["key"])
    positions = await inbox.lock(connection, [topic_key])
    if waiting := await letters.queue(connection, *topic_key, 1):
        raise NotFirst(id=letter["id"], first=waiting[0]["id"])
    held = await letters.held(connection, *topic_key, most - 1)
    await handler.subscriptions.take_locks([letters.as_record(row) for row in (letter, *held)], connection)
    done: list[int] = []
    outgoing: list[OutgoingEvent] = []
    failure = await _take(connection, handler, letter, positions[topic_key], outgoing)
    if failure is None:
        done.append(letter["id"])
        for row in held:
            if row["id"] == letter["id"] or not _is_due(row, positions[topic_key]):
                continue
            if await _take(connection, handler, row, positions[topic_key], outgoing) is not None:
                break
            done.append(row["id"])
    await letters.end(connection, done, "replayed")
    await inbox.save(connection, positions)
    await outbox.write(connection, outgoing)
    return Replayed(len(done), failure)


async def _take(
    connection: Connection,
    handler: BatchHandler,
    row: "asyncpg.Record",
    position: Position,
    outgoing: list[OutgoingEvent],
) -> Failure | None:
    """Handle one letter and move the position if its number requires it. Returns the failure, if there is one."""
    record = letters.as_record(row)
    failure = None
    try:
        envelope = Envelope.from_headers(record.headers)
        failure = _unfit(record, envelope, row["state"], position)
        if failure is None:
            outgoing += await handler.run(record, envelope, connection)
            if row["state"] != "unknown":
                handler.move(record, envelope, position, counted=not inbox.is_compacted(record.topic))
    except Exception as error:
        if is_infrastructure(error):
            raise
        failure = UNKNOWN_TYPE if isinstance(error, UnknownType) else Failure(cause_of(error), describe(error))
    if failure is not None:
        await letters.failed_again(connection, row["id"], failure)
    return failure


def _unfit(record: Record, envelope: Envelope, state: str, position: Position) -> Failure | None:
    """Why a letter must not be handled; None if it may be.

    A record of an unknown type moved the position when it arrived, so its letter may be replayed even after later
    records. Not so on a compacted topic, where a later record of the key replaces it.
    """
    if (why := sources.foreign(record)) is not None:
        advice = "Discard the record; if the owner did write it, edit the header and replay it."
        return Failure("ForeignSource", f"{why}. {advice}")
    is_copy = envelope.sequence == position.last and position.last_id in (None, envelope.id)
    if state == "unknown":
        passed = inbox.is_compacted(record.topic) and envelope.sequence < position.last
        return _passed(envelope, position) if passed else None
    if position.passed_over(envelope.sequence):
        return None
    if envelope.sequence >= position.last and not is_copy:
        return None
    return _passed(envelope, position)


def _passed(envelope: Envelope, position: Position) -> Failure:
    return Failure(
        "SequencePassed",
        f"The record has number {envelope.sequence}, and this service has handled number {position.last} of the key:"
        " a replay could undo later changes. Discard the record.",
    )


def _is_due(row: "asyncpg.Record", position: Position) -> bool:
    try:
        return Envelope.from_headers(letters.as_record(row).headers).sequence == position.last + 1
    except ValueError:
        return False
