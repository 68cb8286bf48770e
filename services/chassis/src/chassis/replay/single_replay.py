"""Replays a dead letter, then the letters parked behind it, in order. A replay locks the key in the inbox, as polls do.

A record that became a `refused` or `held` letter has not moved the position of its key. If its sequence number permits
the replay, the replay moves the position.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chassis.database import OutgoingEvent, outbox
from chassis.dead_letters import Failure, letters
from chassis.domain import Refusal
from chassis.messaging import Position, Record, inbox, sources
from chassis.poll_handling import UNKNOWN_TYPE, PollHandler, UnknownType
from chassis.resilience import cause_of, describe, is_infrastructure
from chassis.sql import Connection
from contracts.envelope import Envelope

if TYPE_CHECKING:
    import asyncpg

#: States of letters that block nothing.
NON_BLOCKING_STATES: Final = ("refused", "held", "unknown")
#: At most this many letters are handled in one transaction. A poll with the same key waits for the transaction, and
#: the poll fails if it waits longer than 8 s (`lock_timeout`).
MAX_LETTERS = 100


class NotOpen(Refusal):
    code = "DEAD_LETTER_CLOSED"
    message = "该死信已处理，不能重复操作，请刷新后查看"


class NotFirst(Refusal):
    code = "DEAD_LETTER_NOT_FIRST"
    message = "同一个键有更早的死信，请先处理更早的一条"


@dataclass(frozen=True, slots=True)
class Replayed:
    """`replayed`: how many letters were handled. `failure`: why the next letter failed; None if no letter failed.

    `still_blocking`: how many letters block the key now.
    """

    replayed: int
    failure: Failure | None = None
    still_blocking: int = 0

    @property
    def unfinished(self) -> bool:
        """Whether more letters are parked than one transaction handles; a bulk replay handles the remaining letters."""
        return self.failure is None and self.still_blocking > 0


async def replay(connection: Connection, handler: PollHandler, letter_id: int, *, limit: int = MAX_LETTERS) -> Replayed:
    """Handle the letter and the letters parked behind it, until a letter fails or `limit` letters are handled.

    For a letter that blocks nothing, see `_handle_non_blocking`. Raises NotOpen or NotFirst.
    """
    queue = await open_queue(connection, letter_id, limit)
    if queue[0]["state"] in NON_BLOCKING_STATES:
        return await _handle_non_blocking(connection, handler, queue[0], limit)
    return await _handle_queue(connection, handler, queue)


async def discard(
    connection: Connection, handler: PollHandler, letter_id: int, *, limit: int = MAX_LETTERS
) -> Replayed:
    """Discard the letter, then handle the letters parked behind it. Raises NotOpen or NotFirst."""
    queue = await open_queue(connection, letter_id, limit + 1)
    await letters.close(connection, [letter_id], "discarded")
    if queue[0]["state"] in NON_BLOCKING_STATES or len(queue) == 1:
        return Replayed(0)
    return await _handle_queue(connection, handler, queue[1:])


async def rehearse(
    connection: Connection, handler: PollHandler, letter_id: int, *, limit: int = MAX_LETTERS
) -> Replayed:
    """Replay the letter, then roll all changes back; returns the result."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        return await replay(connection, handler, letter_id, limit=limit)
    finally:
        await transaction.rollback()


async def open_queue(connection: Connection, letter_id: int, limit: int) -> "list[asyncpg.Record]":
    """Lock the letter's key. Returns the letter and the letters parked behind it, at most `limit` letters. A letter
    that blocks nothing is returned alone.

    Raises NotOpen or NotFirst.
    """
    row = await letters.find(connection, letter_id)
    if row is None or row["state"] not in letters.OPEN_STATES:
        raise NotOpen(id=letter_id)
    await inbox.lock(connection, [(row["topic"], row["key"])])
    # The transaction that held the lock before has possibly closed the letter.
    letter = await letters.with_last_edit(connection, letter_id)
    if letter is None or letter["state"] not in letters.OPEN_STATES:
        raise NotOpen(id=letter_id)
    if letter["state"] in NON_BLOCKING_STATES:
        return [letter]
    queue = await letters.queue(connection, row["topic"], row["key"], limit)
    if queue[0]["id"] != letter_id:
        raise NotFirst(id=letter_id, first=queue[0]["id"])
    return queue


async def _handle_queue(connection: Connection, handler: PollHandler, queue: "list[asyncpg.Record]") -> Replayed:
    handled_ids: list[int] = []
    failure = None
    outgoing = []
    records = [letters.as_record(row) for row in queue]
    await handler.subscriptions.acquire_locks(records, connection)
    for row, record in zip(queue, records, strict=True):
        try:
            outgoing += await handler.run(record, Envelope.from_headers(record.headers), connection)
        except Exception as error:
            if is_infrastructure(error):
                raise
            if isinstance(error, UnknownType):
                await letters.set_unknown(connection, row["id"])
                continue
            failure = Failure(cause_of(error), describe(error))
            await letters.failed_again(connection, row["id"], failure)
            break
        handled_ids.append(row["id"])
    await letters.close(connection, handled_ids, "replayed")
    await outbox.write(connection, outgoing)
    still_blocking = await letters.count_open(connection, queue[0]["topic"], queue[0]["key"])
    return Replayed(len(handled_ids), failure, still_blocking)


async def _handle_non_blocking(
    connection: Connection, handler: PollHandler, letter: "asyncpg.Record", limit: int
) -> Replayed:
    """Handle a letter that blocks nothing, then the held letters of its key whose numbers are due next.

    Raises NotFirst if another letter blocks the key, because the blocking letter must be handled first.
    """
    topic_key = (letter["topic"], letter["key"])
    positions = await inbox.lock(connection, [topic_key])
    if blocking := await letters.queue(connection, *topic_key, 1):
        raise NotFirst(id=letter["id"], first=blocking[0]["id"])
    held_letters = await letters.held_letters(connection, *topic_key, limit - 1)
    await handler.subscriptions.acquire_locks([letters.as_record(row) for row in (letter, *held_letters)], connection)
    handled_ids: list[int] = []
    outgoing: list[OutgoingEvent] = []
    failure = await _handle_letter(connection, handler, letter, positions[topic_key], outgoing)
    if failure is None:
        handled_ids.append(letter["id"])
        for row in held_letters:
            if row["id"] == letter["id"] or not _is_due(row, positions[topic_key]):
                continue
            if await _handle_letter(connection, handler, row, positions[topic_key], outgoing) is not None:
                break
            handled_ids.append(row["id"])
    await letters.close(connection, handled_ids, "replayed")
    await inbox.save(connection, positions)
    await outbox.write(connection, outgoing)
    return Replayed(len(handled_ids), failure)


async def _handle_letter(
    connection: Connection,
    handler: PollHandler,
    row: "asyncpg.Record",
    position: Position,
    outgoing: list[OutgoingEvent],
) -> Failure | None:
    """Handle one letter and move the key's position to it. Returns the failure, if there is one.

    An `unknown` letter does not move the position, because its record moved the position when it arrived.
    """
    record = letters.as_record(row)
    failure = None
    try:
        envelope = Envelope.from_headers(record.headers)
        failure = _reason_not_handled(record, envelope, row["state"], position)
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


def _reason_not_handled(record: Record, envelope: Envelope, state: str, position: Position) -> Failure | None:
    """Why a letter must not be handled; None if it can be handled.

    A record of an unknown type moved the position when it arrived. So its letter can be replayed even if later records
    of the key have been handled since. On a compacted topic a later record replaces the letter's record. So there the
    letter must not be replayed if a later record has been handled.
    """
    if (reason := sources.foreign_reason(record)) is not None:
        advice = "Discard the record; if the owner did write it, edit the header and replay it."
        return Failure("ForeignSource", f"{reason}. {advice}")
    is_duplicate = envelope.sequence == position.last and position.last_id in (None, envelope.id)
    if state == "unknown":
        is_replaced = inbox.is_compacted(record.topic) and envelope.sequence < position.last
        return _sequence_passed(envelope, position) if is_replaced else None
    if position.is_in_gap(envelope.sequence):
        return None
    if envelope.sequence >= position.last and not is_duplicate:
        return None
    return _sequence_passed(envelope, position)


def _sequence_passed(envelope: Envelope, position: Position) -> Failure:
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
