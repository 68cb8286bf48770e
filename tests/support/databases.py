"""Creates databases for tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

EMPTY = "template1"


@asynccontextmanager
async def fresh_database(admin_url: str, prefix: str = "t", *, template: str = EMPTY) -> AsyncIterator[str]:
    """The DSN of a new database with a unique name. At the end the database is dropped, and its connections are closed.

    The new database is a copy of `template`, by default of an empty database.
    """
    name = f"{prefix}_{uuid4().hex[:12]}"
    await _execute(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    finally:
        await _execute(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Templates:
    """Makes copies of template databases, which have the tables of a service. For each service, the migrations run only
    once, in its template. Each test gets a copy.
    """

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._names: dict[tuple[str, ...], str] = {}
        self._stack = AsyncExitStack()

    @asynccontextmanager
    async def copy(self, packages: Sequence[str], prefix: str = "t") -> AsyncIterator[str]:
        """The DSN of a new database with the tables of these packages and without rows. At the end the database is
        dropped.
        """
        template = await self._template(tuple(packages))
        async with fresh_database(self._admin_url, prefix, template=template) as url:
            yield url

    async def close(self) -> None:
        await self._stack.aclose()

    async def _template(self, packages: tuple[str, ...]) -> str:
        # Imported only here, so that unit tests, which never call this method, do not load Alembic.
        from chassis.testing import bring_to_head

        if packages not in self._names:
            url = await self._stack.enter_async_context(fresh_database(self._admin_url, "template"))
            await bring_to_head(url, list(packages))
            self._names[packages] = urlsplit(url).path.removeprefix("/")
        return self._names[packages]


async def _execute(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
