"""Pauses the service for a backup.

`draining`: commands are refused, but work that was accepted before is finished. `stopped`: in addition, no poll is
handled and no job begins. Each command and each poll reads the state under a shared lock, and holds this lock until its
transaction ends. A change of the state waits for these transactions. So after the change, no replica still handles a
command or a poll that it began in the old state.
"""

from dataclasses import dataclass
from typing import Final, Literal

from chassis.dead_letters import OPEN
from chassis.sql import Connection, Statement

State = Literal["open", "draining", "stopped"]

#: The advisory lock that the SQL function `maintenance_state()` takes as a shared lock.
LOCK: Final = 7_315_202_406
ENTER = Statement(
    """UPDATE maintenance SET state = :state, account = :account, reason = :reason, since = now()
       WHERE state <> :state"""
)
REMAINING_WORK = Statement(
    """SELECT (SELECT state FROM maintenance) AS state, (SELECT count(*) FROM outbox) AS outbox,
              count(*) FILTER (WHERE leased_by IS NULL AND next_at <= now()) AS due,
              count(*) FILTER (WHERE leased_by IS NOT NULL) AS in_hand,
              count(*) FILTER (WHERE leased_by IS NULL AND next_at > now()) AS waiting,
              (SELECT count(*) FROM {open} AS o) AS dead_letters
       FROM jobs WHERE state = 'due'""",
    open=OPEN,
)


@dataclass(frozen=True, slots=True)
class RemainingWork:
    """How much work is still open. `jobs_in_hand` are running. `jobs_waiting` are due later.

    A backup does not wait for `jobs_waiting`, because it contains their rows.
    """

    state: str
    outbox: int
    jobs_due: int
    jobs_in_hand: int
    jobs_waiting: int
    dead_letters: int

    @property
    def dry(self) -> bool:
        """Whether the outbox is empty and no job is due or running."""
        return not (self.outbox or self.jobs_due or self.jobs_in_hand)


async def enter(connection: Connection, state: State, account: str, reason: str) -> str:
    """Wait until every command and poll that began in the old state has ended, then change the state.

    Returns the old state. Raises asyncpg's LockNotAvailableError if the wait exceeds the lock time-out. The caller then
    tries again.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    before: str = await connection.fetchval("SELECT state FROM maintenance")
    await ENTER.execute(connection, state=state, account=account, reason=reason)
    return before


async def remaining_work(connection: Connection) -> RemainingWork:
    """Count the work that is still open."""
    [row] = await REMAINING_WORK.fetch(connection)
    return RemainingWork(*row.values())
