"""Standing still on purpose, for a backup.

`draining`: acts are refused, everything already taken in runs dry. `stopped`: no poll is handled and no outbound
request begins either. Whoever changes the state waits for the transactions that began before; after that the state
holds for every replica, because each act and each poll reads it under a shared lock in its own transaction.
"""

from dataclasses import dataclass
from typing import Final, Literal

from chassis.dead_letters import OPEN
from chassis.sql import Connection

State = Literal["open", "draining", "stopped"]

#: The advisory lock of `maintenance_state()`.
LOCK: Final = 7_315_202_406


@dataclass(frozen=True, slots=True)
class Rest:
    """What is still under way. `waiting` requests are put off to later; they rest in the backup as they are."""

    state: str
    outbox: int
    outbound_due: int
    outbound_in_hand: int
    outbound_waiting: int
    dead_letters: int

    @property
    def dry(self) -> bool:
        return not (self.outbox or self.outbound_due or self.outbound_in_hand)


async def enter(connection: Connection, state: State, account: str, reason: str) -> str:
    """Change the state once all that began under the old one has ended; returns the old one.

    Raises asyncpg's LockNotAvailableError where something takes longer than the lock time-out: ask again.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    before: str = await connection.fetchval("SELECT state FROM maintenance")
    await connection.execute(
        "UPDATE maintenance SET state = $1, account = $2, reason = $3, since = now() WHERE state <> $1",
        state,
        account,
        reason,
    )
    return before


async def rest(connection: Connection) -> Rest:
    """What is still under way, counted."""
    row = await connection.fetchrow(
        f"""SELECT (SELECT state FROM maintenance) AS state, (SELECT count(*) FROM outbox) AS outbox,
                  count(*) FILTER (WHERE leased_by IS NULL AND next_at <= now()) AS due,
                  count(*) FILTER (WHERE leased_by IS NOT NULL) AS in_hand,
                  count(*) FILTER (WHERE leased_by IS NULL AND next_at > now()) AS waiting,
                  (SELECT count(*) FROM {OPEN} AS o) AS dead_letters
           FROM outbound_requests WHERE state = 'due'"""  # noqa: S608 - a constant
    )
    assert row is not None
    return Rest(*row.values())
