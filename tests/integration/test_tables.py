"""In every service, the tables that are declared and the tables that the migrations create are the same."""

import importlib

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.schema import migrate, sqlalchemy_url
from enrollctl.declarations import OWN_SERVICES


def declared(package: str) -> MetaData:
    """The metadata that all tables of the package share."""
    tables = importlib.import_module("chassis.tables.chassis_tables" if package == "chassis" else f"{package}.tables")
    [metadata] = {value.metadata for value in vars(tables).values() if hasattr(value, "__table__")}
    found: MetaData = metadata
    return found


@pytest.mark.parametrize("package", ["chassis", *(service.package for service in OWN_SERVICES)])
async def test_migrations_make_what_the_tables_declare(package: str, database: str):
    await migrate(database, [package])
    engine = create_async_engine(sqlalchemy_url(database))

    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("alembic"),
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), declared(package)))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
