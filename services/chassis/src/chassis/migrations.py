"""Alembic, the chassis's own tables first, then the service's; each with a version table of its own."""

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

T = TypeVar("T")

#: Taken by whoever migrates, so that two replicas that start at once do not race.
ADVISORY_LOCK = 7_315_202_405


def scripts_of(package: str) -> ScriptDirectory:
    """`migrations/` beside the package's `src/`, or inside the package where it was installed as a wheel."""
    origin = importlib.import_module(package).__file__
    assert origin is not None
    home = Path(origin).parent
    places = (home / "migrations", home.parents[1] / "migrations")
    place = next((p for p in places if p.is_dir()), None)
    if place is None:
        raise FileNotFoundError(f"no migrations of {package} in {places[0]} or {places[1]}")
    config = Config()
    config.set_main_option("script_location", str(place))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def version_table(package: str) -> str:
    return f"alembic_version_{package}"


async def migrate(database_url: str, packages: list[str]) -> None:
    """Bring the database to the head of every package, in one transaction under a lock."""

    def upgrade(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        for package in packages:
            _upgrade(connection, package)

    await _on_connection(database_url, upgrade)


async def pending(database_url: str, packages: list[str]) -> list[str]:
    """Packages whose tables are not at their head."""

    def compare(connection: Connection) -> list[str]:
        return [p for p in packages if _revision(connection, p) != scripts_of(p).get_current_head()]

    return await _on_connection(database_url, compare)


def _upgrade(connection: Connection, package: str) -> None:
    scripts = scripts_of(package)

    def steps(revision: Any, _: Any) -> Any:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection, version_table=version_table(package))
        environment.run_migrations()


def _revision(connection: Connection, package: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": version_table(package)})
    return context.get_current_revision()


async def _on_connection(database_url: str, action: Callable[[Connection], T]) -> T:
    engine = create_async_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(action)
    finally:
        await engine.dispose()


def sqlalchemy_url(database_url: str) -> str:
    return database_url.replace("postgresql://", "postgresql+asyncpg://", 1)


def migrate_now(database_url: str, packages: list[str]) -> None:
    asyncio.run(migrate(database_url, packages))
