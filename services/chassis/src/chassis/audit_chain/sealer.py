"""The sealer: a periodic job that adds committed rows of the audit log to the chain. No command waits for it."""

import asyncio
import time
from collections.abc import Sequence
from typing import ClassVar, Final

import structlog

from chassis.audit_chain import blocks
from chassis.audit_chain.blocks import AuditRow, Block
from chassis.audit_chain.hashing import GENESIS, Digests, block_hash, row_hash
from chassis.database import UnitOfWork
from chassis.sql import Connection, Statement
from contracts.event import Event

log = structlog.get_logger()

EVERY_S = 5.0
#: The interval after a run with a full block. The loop of periodic jobs still waits one second before the next run.
SOON_S = 0.0
#: The most rows of a block. A run writes at most one block.
ROWS = 1000
#: How long a run waits for transactions that have added a row and are not committed. A later run tries again.
WAIT_S = 1.0
LOOK_EVERY_S = 0.02
#: The advisory lock that lets only one sealer write.
LOCK: Final = 7_315_202_407

TRY_LOCK = Statement("SELECT pg_try_advisory_xact_lock(:lock)")
#: The last id that was given to a row, whether the row is committed or not.
LAST_ID = Statement(
    """SELECT coalesce(max(last_value), 0) FROM pg_sequences
       WHERE schemaname = 'public' AND sequencename = 'audit_log_id_seq'"""
)
#: The transactions that have possibly added a row: they hold a RowExclusiveLock on `audit_log`. INSERT takes this lock
#: before it takes an id, and the transaction keeps the lock until it ends.
WRITERS = Statement(
    """SELECT DISTINCT virtualtransaction FROM pg_locks
       WHERE locktype = 'relation' AND relation = 'public.audit_log'::regclass AND mode = 'RowExclusiveLock' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
)


class AuditSealer:
    """Ids are given in order but committed out of order: row 7 can be committed after row 8.

    So a run first notes the last id that was given. Then it waits for the end of every transaction that was adding a
    row at that time. After that, no row up to the noted id can appear any more, and the block covers all ids up to
    the noted id. If a row with one of these ids appears later, it was inserted by somebody other than the service.
    """

    name: ClassVar[str] = "audit_sealer"

    def __init__(self) -> None:
        self.every_s = EVERY_S

    async def run(self, work: UnitOfWork) -> Sequence[Event]:
        """Add at most one block. If it is full, the next run comes soon."""
        connection = work.connection
        self.every_s = EVERY_S
        if not await TRY_LOCK.fetchval(connection, lock=LOCK):
            return ()
        last = await blocks.last_block(connection)
        after_id = last.up_to_id if last else 0
        up_to_id = await LAST_ID.fetchval(connection)
        if up_to_id <= after_id or not await _all_ended(connection):
            return ()
        rows = await blocks.rows_between(connection, after_id, up_to_id, ROWS)
        if not rows:
            return ()
        if len(rows) == ROWS:
            up_to_id, self.every_s = rows[-1].id, SOON_S
        digests = Digests(work.row_cipher, work.index)
        await blocks.add(
            connection,
            new_block(work.tools.service, last, rows, up_to_id, await blocks.time_now(connection), digests),
        )
        return ()


def new_block(
    service: str, last: Block | None, rows: Sequence[AuditRow], up_to_id: int, sealed_at: str, digests: Digests
) -> Block:
    """The block after `last`. The block contains the rows and covers all ids up to `up_to_id`."""
    names = [digests.of_name(row) for row in rows]
    block = Block(
        position=last.position + 1 if last else 1,
        after_id=last.up_to_id if last else 0,
        up_to_id=up_to_id,
        row_ids=[row.id for row in rows],
        row_hashes=[row_hash(row, name) for row, name in zip(rows, names, strict=True)],
        name_digests=names,
        sealed_at=sealed_at,
        previous_hash=last.hash if last else GENESIS,
        hash=b"",
        seal="",
    )
    hashed = block_hash(service, block)
    return block._replace(hash=hashed, seal=digests.of_block(hashed))


async def _all_ended(connection: Connection) -> bool:
    """Wait for the end of every transaction that holds the writers' lock now. False if that takes too long."""
    waited_for = await _writers(connection)
    until = time.monotonic() + WAIT_S
    while waited_for and time.monotonic() < until:
        await asyncio.sleep(LOOK_EVERY_S)
        waited_for &= await _writers(connection)
    if waited_for:
        log.info("audit_rows_not_committed", transactions=len(waited_for))
    return not waited_for


async def _writers(connection: Connection) -> set[str]:
    return {row["virtualtransaction"] for row in await WRITERS.fetch(connection)}
