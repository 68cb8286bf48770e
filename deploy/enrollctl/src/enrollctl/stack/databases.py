"""Creates one database for each service. Only the role that owns the database and the service's role can connect."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import asyncpg

from enrollctl.stack.services import ServiceSpec
from enrollctl.workspace.secrets import Passwords

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


def database_url(port: int, role: str, password: str, database: str | None = None) -> str:
    """The DSN with which the role connects. `database` defaults to the name of the role."""
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database or role}"


def owner_url(port: int, spec: ServiceSpec, passwords: Passwords) -> str:
    return database_url(port, spec.owner, passwords[spec.owner], spec.database)


def database_named(url: str, name: str) -> str:
    """The same URL with the name of another database."""
    return f"{url.rsplit('/', 1)[0]}/{name}"


def roles_of(specs: Iterable[ServiceSpec]) -> list[str]:
    return [role for spec in specs for role in dict.fromkeys((spec.database, spec.owner))]


async def ensure_databases(admin_url: str, specs: tuple[ServiceSpec, ...], passwords: Passwords) -> None:
    """Create missing roles and databases, and set the passwords of the roles to `passwords`."""
    connection = await asyncpg.connect(admin_url)
    try:
        for spec in specs:
            for role in roles_of([spec]):
                await _ensure_role(connection, role, passwords[role])
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", spec.database):
                await connection.execute(f'CREATE DATABASE "{spec.database}" OWNER "{spec.owner}"')
    finally:
        await connection.close()
    for spec in specs:
        await hand_over(admin_url, spec.database, spec)


async def hand_over(admin_url: str, name: str, spec: ServiceSpec) -> None:
    """Make the owner role own the database and all its tables. Besides the owner, only the service's role can connect.

    A database of an older release has no owner role, and its tables belong to the service's role. The owner role gets
    these tables, too.
    """
    connection = await asyncpg.connect(database_named(admin_url, name))
    try:
        async with connection.transaction():
            await connection.execute(f'ALTER DATABASE "{name}" OWNER TO "{spec.owner}"')
            if spec.has_owner_role:
                await connection.execute(f'REASSIGN OWNED BY "{spec.database}" TO "{spec.owner}"')
            await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
            await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{spec.database}"')
    finally:
        await connection.close()


async def _ensure_role(connection: "Connection", name: str, password: str) -> None:
    # DDL statements accept no parameters. The names come from the list of services, and the passwords are hexadecimal.
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await connection.execute(f'CREATE ROLE "{name}" LOGIN')
    await connection.execute(f"ALTER ROLE \"{name}\" PASSWORD '{password}'")
