"""Tables as SQLModel declares them and as migrations make them are the same."""

import importlib

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.schema import migrate, sqlalchemy_url
from chassis.sql import pending
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
    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
    return compare_metadata(context, metadata)


@pytest.mark.parametrize("package", ["chassis", *PACKAGES])
async def test_migrations_make_what_the_tables_declare(package: str, database: str):
    packages = ["chassis"] if package == "chassis" else ["chassis", package]
    assert await pending(database, packages) == packages
    await migrate(database, packages)
    await migrate(database, packages)
    assert await pending(database, packages) == []
    engine = create_async_engine(sqlalchemy_url(database))
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences, declared(package)) == []
    finally:
        await engine.dispose()
