"""The declared tables and the migrated ones are the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.migrations import migrate, sqlalchemy_url
from review_svc.tables import Table


async def test_migrations_make_what_the_tables_declare(database: str):
    await migrate(database, ["review_svc"])
    engine = create_async_engine(sqlalchemy_url(database))

    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("alembic"),
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Table.metadata))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
