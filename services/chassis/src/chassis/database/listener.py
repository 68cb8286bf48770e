"""Listens for PostgreSQL's notifications on a separate connection.

A notification is a hint that another replica has committed something. It can be lost, so callers also poll.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

    from chassis.database.database import Database

#: After this time the connection is replaced, because a half-open connection delivers no notification and reports no
#: error.
RENEW_AFTER_S = 60.0
#: The shortest time between a failed attempt to connect and the next attempt. The caller waits for each attempt, and an
#: attempt can take long until it fails.
RETRY_AFTER_S = 10.0


class Listener:
    """Calls `on_notification` when any connection notifies the channel. A lost notification costs only time."""

    def __init__(self, database: "Database", channel: str, on_notification: Callable[[], None]) -> None:
        self._database = database
        self._channel = channel
        self._on_notification = on_notification
        self._connection: asyncpg.Connection[Any] | None = None
        self._opened_at = 0.0
        self._failed_at = -RETRY_AFTER_S

    async def ensure(self) -> None:
        """Listen on a new connection, unless the last one is still open and new enough (`RENEW_AFTER_S`).

        Raises OSError or asyncpg errors; the caller tries again.
        """
        if self.listens and time.monotonic() - self._opened_at < RENEW_AFTER_S:
            return
        if time.monotonic() - self._failed_at < RETRY_AFTER_S:
            return
        self.close()
        # An attempt counts as failed until it has succeeded.
        self._failed_at = time.monotonic()
        connection = await self._database.dedicated()
        try:
            await connection.add_listener(self._channel, lambda *_: self._on_notification())
        except BaseException:
            connection.terminate()
            raise
        self._connection, self._opened_at, self._failed_at = connection, time.monotonic(), -RETRY_AFTER_S

    @property
    def listens(self) -> bool:
        """Whether the connection is open, as far as this process can know."""
        return self._connection is not None and not self._connection.is_closed()

    def close(self) -> None:
        """Close the connection at once."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def notify(connection: Connection, channel: str) -> None:
    """Wake the listeners of the channel.

    Do not call this in a transaction that writes. PostgreSQL commits transactions with a notification only one after
    another, in the whole server.
    """
    await connection.execute("SELECT pg_notify($1, '')", channel)
