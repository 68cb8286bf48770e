"""Replaying dead letters: under the same lock as live consumption, then what is parked behind, in order."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chassis import dead_letters, inbox, outbox
from chassis.causes import cause_of, describe, is_infrastructure
from chassis.dead_letters import Failure
from chassis.poll import PollHandler
from chassis.refusals import Refusal
from contracts.envelope import Envelope

if TYPE_CHECKING:
    import asyncpg

#: Letters handled in one transaction: live consumption of the key waits for it, and its lock time-out is 8 s.
MOST = 100


class NotOpen(Refusal):
    code = "DEAD_LETTER_CLOSED"
    message = "该死信已处理，不能重复操作，请刷新后查看"


class NotFirst(Refusal):
    code = "DEAD_LETTER_NOT_FIRST"
    message = "同一个键有更早的死信，请先处理更早的一条"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many letters of the key went through, what the first that did not says, and how many still stand open."""

    replayed: int
    failure: Failure | None = None
    left: int = 0

    @property
    def unfinished(self) -> bool:
        """Nothing failed, but more stand parked than one transaction takes: a run releases them."""
        return self.failure is None and self.left > 0


async def replay(
    connection: "asyncpg.Connection[Any]", handler: PollHandler, letter_id: int, *, most: int = MOST
) -> Replayed:
    """Handle the letter and what is parked behind it, until one fails or `most` are done.

    Raises NotOpen or NotFirst.
    """
    return await _go_through(connection, handler, await open_queue(connection, letter_id, most))


async def discard(
    connection: "asyncpg.Connection[Any]", handler: PollHandler, letter_id: int, *, most: int = MOST
) -> Replayed:
    """Give the letter up, then handle what is parked behind it. Raises NotOpen or NotFirst."""
    queue = await open_queue(connection, letter_id, most + 1)
    await dead_letters.end(connection, [letter_id], "discarded")
    return await _go_through(connection, handler, queue[1:]) if len(queue) > 1 else Replayed(0)


async def rehearse(
    connection: "asyncpg.Connection[Any]", handler: PollHandler, letter_id: int, *, most: int = MOST
) -> Replayed:
    """What a replay would do; nothing of it is kept."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        return await replay(connection, handler, letter_id, most=most)
    finally:
        await transaction.rollback()


async def open_queue(connection: "asyncpg.Connection[Any]", letter_id: int, most: int) -> "list[asyncpg.Record]":
    """The letter and what stands behind it, with its place locked. Raises NotOpen or NotFirst."""
    row = await dead_letters.find(connection, letter_id)
    if row is None or row["state"] not in ("failed", "parked"):
        raise NotOpen(id=letter_id)
    await inbox.lock(connection, [(row["topic"], row["key"])])
    queue = await dead_letters.queue(connection, row["topic"], row["key"], most)
    # Whoever held the lock before may have closed it.
    state = await connection.fetchval("SELECT state FROM dead_letters WHERE id = $1", letter_id)
    if not queue or state not in ("failed", "parked"):
        raise NotOpen(id=letter_id)
    if queue[0]["id"] != letter_id:
        raise NotFirst(id=letter_id, first=queue[0]["id"])
    return queue


async def _go_through(
    connection: "asyncpg.Connection[Any]", handler: PollHandler, queue: "list[asyncpg.Record]"
) -> Replayed:
    done: list[int] = []
    failure = None
    outgoing = []
    for row in queue:
        record = dead_letters.as_record(row)
        try:
            outgoing += await handler.run(record, Envelope.from_headers(record.headers), connection)
        except Exception as error:
            if is_infrastructure(error):
                raise
            failure = Failure(cause_of(error), describe(error))
            await dead_letters.failed_again(connection, row["id"], failure)
            break
        done.append(row["id"])
    await dead_letters.end(connection, done, "replayed")
    await outbox.write(connection, outgoing)
    left = await dead_letters.count_open(connection, queue[0]["topic"], queue[0]["key"])
    return Replayed(len(done), failure, left)
