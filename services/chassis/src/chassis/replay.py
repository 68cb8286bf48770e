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


class NotOpen(Refusal):
    code = "DEAD_LETTER_CLOSED"
    message = "该死信已处理，不能重复操作"


class NotFirst(Refusal):
    code = "DEAD_LETTER_NOT_FIRST"
    message = "同一个键有更早的死信，请先处理更早的一条"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many letters of the key went through, and what the first that did not says."""

    replayed: int
    failure: Failure | None = None


async def replay(connection: "asyncpg.Connection[Any]", handler: PollHandler, letter_id: int) -> Replayed:
    """Handle the letter and all that is parked behind it, until one fails. Raises NotOpen or NotFirst."""
    queue = await _open_queue(connection, letter_id)
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
    return Replayed(len(done), failure)


async def discard(connection: "asyncpg.Connection[Any]", handler: PollHandler, letter_id: int) -> Replayed:
    """Give the letter up, then handle what is parked behind it."""
    queue = await _open_queue(connection, letter_id)
    await dead_letters.end(connection, [letter_id], "discarded")
    if len(queue) == 1:
        return Replayed(0)
    return await replay(connection, handler, queue[1]["id"])


async def _open_queue(connection: "asyncpg.Connection[Any]", letter_id: int) -> "list[asyncpg.Record]":
    row = await dead_letters.find(connection, letter_id)
    if row is None or row["state"] not in ("failed", "parked"):
        raise NotOpen(id=letter_id)
    await inbox.lock(connection, [(row["topic"], row["key"])])
    queue = await dead_letters.queue(connection, row["topic"], row["key"])
    if not queue or letter_id not in [r["id"] for r in queue]:
        raise NotOpen(id=letter_id)
    if queue[0]["id"] != letter_id:
        raise NotFirst(id=letter_id, first=queue[0]["id"])
    return queue
