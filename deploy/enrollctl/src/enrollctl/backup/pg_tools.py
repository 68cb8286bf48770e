"""Runs pg_dump and pg_restore of the embedded PostgreSQL, and copies, renames and drops databases."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from enrollctl.embedded.postgres import installed_program
from enrollctl.errors import Failure
from enrollctl.stack.databases import hand_over
from enrollctl.stack.services import ServiceSpec

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

ATTEMPTS = 10


def dump(url: str, file: Path) -> None:
    """Dump the whole database in PostgreSQL's custom format, from one consistent snapshot. Raises Failure."""
    _run("pg_dump", "--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--file={file}", url)


def restore(url: str, file: Path) -> None:
    """Restore a dump into an empty database, as the role of the DSN, in one transaction. Raises Failure."""
    _run("pg_restore", "--single-transaction", "--no-owner", "--no-privileges", f"--dbname={url}", str(file))


def _run(program: str, *arguments: str) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "PGSSLMODE": "disable"}
    done = subprocess.run(
        [str(installed_program() / "bin" / program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failure(f"{program} failed: {done.stderr.strip()[-1000:]}")


async def make_empty(admin_url: str, name: str, spec: ServiceSpec) -> None:
    """Create a new database for the service.

    If an earlier attempt has left a database with this name, drop it first.
    """
    await _admin(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await _admin(admin_url, f'CREATE DATABASE "{name}" OWNER "{spec.owner}"')
    await hand_over(admin_url, name, spec)


async def exchange(
    admin_url: str, name: str, new: str, aside: str, *, note: str | None = None, mark: str | None = None
) -> bool:
    """Rename `name` to `aside` and `new` to `name`, in one transaction. Returns whether there was a database `name`.

    `note` becomes the comment of the old database, `mark` becomes the comment of the new database.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _exchange_once(admin_url, name, new, aside, note, mark)
        except asyncpg.ObjectInUseError:
            # Another client has connected after the sessions were ended and before the database was renamed.
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(0.2)
    raise AssertionError("the last attempt returns or raises")


async def _exchange_once(admin_url: str, name: str, new: str, aside: str, note: str | None, mark: str | None) -> bool:
    connection = await asyncpg.connect(admin_url)
    try:
        for one in (name, new):
            await _end_sessions(connection, one)
        async with connection.transaction():
            existed = bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
            if existed:
                await connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{aside}"')
                await _comment(connection, aside, note)
            await connection.execute(f'ALTER DATABASE "{new}" RENAME TO "{name}"')
            await _comment(connection, name, mark)
    finally:
        await connection.close()
    return existed


async def copy_database(admin_url: str, name: str, source: str, spec: ServiceSpec) -> None:
    """Copy the database `source` for the service.

    Ends all sessions on `source` first, because PostgreSQL does not copy a database that is in use.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        await _end_sessions(connection, source)
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{spec.owner}" TEMPLATE "{source}"')
    finally:
        await connection.close()
    await hand_over(admin_url, name, spec)


async def drop(admin_url: str, name: str) -> None:
    await _admin(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _end_sessions(connection: "Connection", name: str) -> None:
    await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)


async def _comment(connection: "Connection", name: str, text: str | None) -> None:
    # COMMENT accepts no parameters, so the text is quoted.
    quoted = "NULL" if text is None else await connection.fetchval("SELECT quote_literal($1::text)", text)
    await connection.execute(f'COMMENT ON DATABASE "{name}" IS {quoted}')


async def _admin(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
