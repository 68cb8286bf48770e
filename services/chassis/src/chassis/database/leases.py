"""Leases. Only the replica that holds a lease does the task of the lease.

The database's clock decides when a lease expires.
"""

import os
import socket
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from chassis.sql import Connection

if TYPE_CHECKING:
    from chassis.database.database import Database

TTL_S = 10.0
RENEW_AFTER_S = 3.0


class Lease:
    """A named lease. Each `Lease` object counts as a holder of its own, even within one process."""

    def __init__(self, database: "Database", name: str, *, ttl_s: float = TTL_S) -> None:
        self._database = database
        self._name = name
        self._ttl_s = ttl_s
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
        self._acquired_at: float | None = None

    async def held(self) -> bool:
        """Whether this replica holds the lease. Acquires or renews it if needed.

        The database is asked only if the last renewal is older than RENEW_AFTER_S. A process that was frozen for longer
        than that therefore asks again before it goes on. Another replica has possibly acquired the lease meanwhile.
        """
        if self._acquired_at is not None and time.monotonic() - self._acquired_at < RENEW_AFTER_S:
            return True
        sent_at = time.monotonic()
        async with self._database.connection() as connection:
            acquired = await acquire(connection, self._name, self.holder, self._ttl_s)
        self._acquired_at = sent_at if acquired else None
        return acquired

    async def release(self) -> None:
        """Release the lease, so that another replica can acquire it at once."""
        self._acquired_at = None
        async with self._database.connection() as connection:
            await connection.execute("DELETE FROM leases WHERE name = $1 AND holder = $2", self._name, self.holder)


async def acquire(connection: Connection, name: str, holder: str, ttl_s: float) -> bool:
    """Acquire the lease if it is free or expired, or if `holder` has it already. Returns whether `holder` has it."""
    row = await connection.fetchval(
        """INSERT INTO leases AS l (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second')
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
           WHERE l.holder = excluded.holder OR l.until < clock_timestamp()
           RETURNING holder""",
        name,
        holder,
        ttl_s,
    )
    return row is not None
