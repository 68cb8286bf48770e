"""Keeps a connection to each database, because a run reads the databases thousands of times."""

import asyncio
import threading
from collections import defaultdict
from concurrent.futures import Future
from typing import Any, TypeAlias

import asyncpg

Row: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Row]"


class Connections:
    """DSN → idle connections. The connections belong to an event loop that runs in a separate thread."""

    def __init__(self) -> None:
        self._idle: defaultdict[str, list[Connection]] = defaultdict(list)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def fetch(self, url: str, sql: str, *arguments: Any) -> "Future[list[Row]]":
        """A future with the rows of a statement, or with an OSError, asyncpg.PostgresError or
        asyncpg.InterfaceError.
        """
        return asyncio.run_coroutine_threadsafe(self._fetch(url, sql, arguments), self._loop)

    async def _fetch(self, url: str, sql: str, arguments: tuple[Any, ...]) -> list[Row]:
        """An idle connection is possibly dead, so a SELECT that fails on it is sent again on a new connection. A
        statement that writes must not be sent twice, so it is sent on a new connection at once.
        """
        reads = sql.lstrip().upper().startswith("SELECT")
        if reads and (kept := self._kept(url)) is not None:
            try:
                return await self._use(url, kept, sql, arguments)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                kept.terminate()
        fresh = await asyncpg.connect(url, timeout=10, statement_cache_size=0)
        try:
            return await self._use(url, fresh, sql, arguments)
        except BaseException:
            fresh.terminate()
            raise

    def _kept(self, url: str) -> "Connection | None":
        while self._idle[url]:
            if not (found := self._idle[url].pop()).is_closed():
                return found
        return None

    async def _use(self, url: str, connection: Connection, sql: str, arguments: tuple[Any, ...]) -> list[Row]:
        rows = list(await connection.fetch(sql, *arguments))
        self._idle[url].append(connection)
        return rows


CONNECTIONS = Connections()
