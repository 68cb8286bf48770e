"""Whether a transaction waits for a PostgreSQL lock, as another connection sees it."""

import asyncio
from typing import Any

import asyncpg

WAITING = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE NOT granted AND datname = current_database()"""


async def waits(doing: "asyncio.Task[Any]", watcher: "asyncpg.Connection[Any]") -> bool:
    """Wait until the task waits for a lock of this database, or has ended without waiting."""
    while not doing.done():
        if await watcher.fetchval(WAITING):
            return True
    return False
