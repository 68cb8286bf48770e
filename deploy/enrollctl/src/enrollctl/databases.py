"""One database and one role per service, and nobody else may connect."""

import asyncpg

from enrollctl.secrets import Passwords
from enrollctl.services import ServiceSpec


def database_url(port: int, role: str, password: str) -> str:
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/{role}"


async def ensure_databases(admin_url: str, specs: tuple[ServiceSpec, ...], passwords: Passwords) -> None:
    """Make what is missing; set the passwords to those in hand."""
    connection = await asyncpg.connect(admin_url)
    try:
        for spec in specs:
            await _ensure_database(connection, spec.database, passwords[spec.database])
    finally:
        await connection.close()


async def _ensure_database(connection: "asyncpg.Connection[asyncpg.Record]", name: str, password: str) -> None:
    # Names come from the list of services and passwords are hexadecimal: DDL takes no parameters.
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await connection.execute(f'CREATE ROLE "{name}" LOGIN')
    await connection.execute(f"ALTER ROLE \"{name}\" PASSWORD '{password}'")
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
    await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
