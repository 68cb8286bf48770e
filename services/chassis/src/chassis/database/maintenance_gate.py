"""Checks whether a command or a poll is allowed to begin, because the service can be stopped for a backup.

In the state open, commands and polls are allowed. In the state draining, only polls are allowed. In the state stopped,
neither is allowed. A run of a periodic job counts as a command.

The state is read under a shared lock. The transaction of the command or poll holds this lock until it ends. A change of
the state waits until no transaction holds the lock. So after the change, no replica still works in the old state.
"""

from chassis.domain import Refusal
from chassis.sql import Connection


class UnderMaintenance(Refusal):
    code = "MAINTENANCE"
    status = 503
    message = "系统维护中，本次操作未生效，请稍后重试"


class StoppedForMaintenance(ConnectionError):
    """The state is stopped. The consumer reads the poll again, and handles it once the state has changed."""


async def admit_act(connection: Connection) -> None:
    """Raises UnderMaintenance unless the state is open. The state cannot change before the transaction has ended."""
    if await connection.fetchval("SELECT maintenance_state()") != "open":
        raise UnderMaintenance


async def admit_poll(connection: Connection) -> None:
    """Raises StoppedForMaintenance if the state is stopped. The state cannot change before the transaction ends."""
    if await connection.fetchval("SELECT maintenance_state()") == "stopped":
        raise StoppedForMaintenance
