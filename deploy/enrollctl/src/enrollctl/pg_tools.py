"""pg_dump and pg_restore of the embedded PostgreSQL, and databases exchanged under their name."""

import os
import subprocess
from pathlib import Path

import asyncpg

from enrollctl.embedded.postgres import installed_program
from enrollctl.errors import Failure


def dump(url: str, file: Path) -> None:
    """The whole database in PostgreSQL's custom format, in one consistent snapshot. Raises Failure."""
    _run("pg_dump", "--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--file={file}", url)


def restore(url: str, file: Path) -> None:
    """Into an empty database, as the role of the DSN, all or nothing. Raises Failure."""
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


async def make_empty(admin_url: str, name: str, role: str) -> None:
    """A new database of the role's own; one of that name left by an earlier try is dropped."""
    await _admin(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await _admin(admin_url, f'CREATE DATABASE "{name}" OWNER "{role}"')
    await _admin(admin_url, f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')


async def exchange(admin_url: str, name: str, new: str, aside: str) -> bool:
    """`new` takes the place of `name`, which stays as `aside`. False where there was none to set aside."""
    connection = await asyncpg.connect(admin_url)
    try:
        there = bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
        for one in (name, new):
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", one)
        if there:
            await connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{aside}"')
        await connection.execute(f'ALTER DATABASE "{new}" RENAME TO "{name}"')
    finally:
        await connection.close()
    return there


async def _admin(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
