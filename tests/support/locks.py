"""Waits until another connection's transaction waits for a PostgreSQL lock."""

import asyncio
from typing import Any

import asyncpg

WAITING = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE NOT granted AND datname = current_database()"""


async def waits(doing: "asyncio.Task[Any]", watcher: "asyncpg.Connection[Any]") -> bool:
    """True as soon as a transaction of this database waits for a lock; False if the task ends before that."""
    while not doing.done():
        if await watcher.fetchval(WAITING):
            return True
    return False
