"""Whether somebody waits for a lock of PostgreSQL, as it is seen from beside."""

import asyncio
from typing import Any

import asyncpg

WAITING = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE NOT granted AND datname = current_database()"""


async def waits(doing: "asyncio.Task[Any]", watcher: "asyncpg.Connection[Any]") -> bool:
    """Look until the task waits for a lock of this database, or has ended without."""
    while not doing.done():
        if await watcher.fetchval(WAITING):
            return True
    return False
