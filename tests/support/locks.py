"""Waits until another connection's transaction waits for a PostgreSQL lock, and lets two polls overlap."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from chassis.messaging import inbox

WAITING = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE NOT granted AND datname = current_database()"""


async def waits(doing: "asyncio.Task[Any]", watcher: "asyncpg.Connection[Any]") -> bool:
    """True as soon as a transaction of this database waits for a lock; False if the task ends before that."""
    while not doing.done():
        if await watcher.fetchval(WAITING):
            return True
    return False


async def overlap(
    first: Callable[[], Awaitable[Any]],
    second: Callable[[], Awaitable[Any]],
    watcher: "asyncpg.Connection[Any]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Run two polls. The first has handled its event when the second begins.

    The first poll commits as soon as the second poll has ended or waits for a lock.
    """
    save, polls = inbox.save, list[asyncio.Task[Any]]()

    async def save_and_hold(*arguments: Any) -> None:
        monkeypatch.undo()
        await save(*arguments)
        polls.append(asyncio.ensure_future(second()))
        await waits(polls[0], watcher)

    monkeypatch.setattr(inbox, "save", save_and_hold)
    await first()
    await polls[0]
