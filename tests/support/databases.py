"""Creates a database for a single test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg


@asynccontextmanager
async def fresh_database(admin_url: str, prefix: str = "t") -> AsyncIterator[str]:
    """The DSN of an empty database with a unique name; it is dropped at the end, with all its connections."""
    name = f"{prefix}_{uuid4().hex[:12]}"
    await _execute(admin_url, f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    finally:
        await _execute(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _execute(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
