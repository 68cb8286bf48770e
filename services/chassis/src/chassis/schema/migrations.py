"""Runs Alembic first for the chassis's tables, then for the service's. Each package has its own version table."""

import asyncio
from collections.abc import Callable
from io import StringIO
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.schema import grants
from chassis.sql import migrations_of, version_table

#: Every `migrate` acquires this lock, so that two calls at the same time run one after the other.
ADVISORY_LOCK = 7_315_202_405


async def migrate(database_url: str, packages: list[str], *, service_role: str | None = None) -> None:
    """Run the pending migrations of every package, in one transaction under a lock.

    Without a `service_role`, the role of `database_url` both owns the tables and runs the service. With a
    `service_role`, the role of `database_url` only owns the tables, and `service_role` gets the rights of a running
    service. Raises RoleUnusable.
    """

    def upgrade(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        for package in packages:
            _upgrade(connection, package)
        if service_role is not None:
            grants.grant_to(connection, service_role)

    engine = create_async_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def migrate_now(database_url: str, packages: list[str], *, owner_url: str = "") -> None:
    """Migrate with `owner_url` if it is given, otherwise with the service's own `database_url`."""
    if owner_url:
        role = make_url(database_url).username
        asyncio.run(migrate(owner_url, packages, service_role=role))
    else:
        asyncio.run(migrate(database_url, packages))


def sqlalchemy_url(database_url: str) -> str:
    return database_url.replace("postgresql://", "postgresql+asyncpg://", 1)


def script_of(packages: list[str]) -> str:
    """The SQL that brings an empty database to the head of every package."""
    buffer = StringIO()
    for package in packages:
        config, scripts = _scripts(package)
        with EnvironmentContext(config, scripts, fn=_to_head(scripts), as_sql=True, destination_rev="head") as offline:
            offline.configure(dialect_name="postgresql", output_buffer=buffer, version_table=version_table(package))
            offline.run_migrations()
    return buffer.getvalue()


def _upgrade(connection: Connection, package: str) -> None:
    config, scripts = _scripts(package)
    with EnvironmentContext(config, scripts, fn=_to_head(scripts), destination_rev="head") as environment:
        environment.configure(connection=connection, version_table=version_table(package))
        environment.run_migrations()


def _scripts(package: str) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(migrations_of(package)))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _to_head(scripts: ScriptDirectory) -> Callable[[Any, Any], Any]:
    return lambda revision, _: scripts._upgrade_revs("head", revision)
