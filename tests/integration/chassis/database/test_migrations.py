"""The tables that SQLModel declares and the tables that migrations create are the same."""

import functools
import importlib

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.schema import migrate, sqlalchemy_url
from chassis.schema.migrations import _scripts
from chassis.sql import pending, version_table
from chassis.tables.chassis_tables import ChassisTable
from enrollctl.declarations import OWN_SERVICES

PACKAGES = [service.package for service in OWN_SERVICES]


def declared(package: str) -> MetaData:
    """The metadata of the package's tables."""
    tables = importlib.import_module("chassis.tables.chassis_tables" if package == "chassis" else f"{package}.tables")
    found = {
        id(m): m for n in vars(tables).values() if isinstance(m := getattr(n, "metadata", None), MetaData) and m.tables
    }
    found.pop(id(ChassisTable.metadata), None) if package != "chassis" else None
    [metadata] = found.values()
    return metadata


def differences(connection: Connection, metadata: MetaData) -> list[object]:
    def is_declared(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(connection, opts={"include_name": is_declared, "compare_type": True})
    return compare_metadata(context, metadata)


@pytest.mark.parametrize("package", ["chassis", *PACKAGES])
async def test_migrations_make_what_the_tables_declare(package: str, empty_database: str):
    packages = ["chassis"] if package == "chassis" else ["chassis", package]
    assert await pending(empty_database, packages) == packages
    await migrate(empty_database, packages)
    await migrate(empty_database, packages)
    assert await pending(empty_database, packages) == []
    engine = create_async_engine(sqlalchemy_url(empty_database))
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences, declared(package)) == []
    finally:
        await engine.dispose()


def to_revision(connection: Connection, revision: str, package: str = "chassis") -> None:
    """Migrate the tables of the package to this revision."""
    config, scripts = _scripts(package)
    steps = functools.partial(scripts._upgrade_revs, revision)
    with EnvironmentContext(config, scripts, fn=lambda was, _: steps(was), destination_rev=revision) as environment:
        environment.configure(connection=connection, version_table=version_table(package))
        environment.run_migrations()


ACT = """INSERT INTO acts (account, role, act_id, name, subject, detail)
         VALUES ('li', 'handler', gen_random_uuid(), 'submitted', '', '{}')"""
REQUEST = """INSERT INTO outbound_requests (id, kind, key, body, correlation_id)
             VALUES (gen_random_uuid(), 'sample.ask', $1, '{}', 'c') ON CONFLICT (kind, key) DO NOTHING"""
CLAIM = """UPDATE outbound_requests AS r SET leased_by = 'former', attempts = attempts + 1
           FROM (SELECT id FROM outbound_requests WHERE state = 'due' ORDER BY next_at LIMIT 1
                 FOR UPDATE SKIP LOCKED) AS due
           WHERE r.id = due.id RETURNING r.key"""


async def test_a_database_of_the_former_release_keeps_its_rows_and_its_replicas_go_on(empty_database: str):
    """As long as replicas of the former release can still run, there are views with the former names of the tables."""
    engine = create_async_engine(sqlalchemy_url(empty_database))
    async with engine.begin() as connection:
        await connection.run_sync(to_revision, "0017")
    await engine.dispose()
    former = await asyncpg.connect(empty_database)
    try:
        await former.execute(ACT)
        await former.execute(REQUEST, "first")
        await migrate(empty_database, ["chassis"])
        await former.execute(ACT)
        for key in ("first", "second"):
            await former.execute(REQUEST, key)
        assert await former.fetchval("SELECT count(*) FROM audit_log WHERE command_id IS NOT NULL") == 2
        assert await former.fetchval(CLAIM) == "first"
        rows = await former.fetch("SELECT key, leased_by, attempts FROM jobs ORDER BY key")
        assert [tuple(row) for row in rows] == [("first", "former", 1), ("second", None, 0)]
        for statement in ("DELETE FROM acts", "UPDATE acts SET account = 'wang'"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await former.execute(statement)
    finally:
        await former.close()
