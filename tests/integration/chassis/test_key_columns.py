"""Rows from before a key column are found by it as well."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import key_columns
from chassis.migrations import sqlalchemy_url
from chassis.normalization import text_key


async def test_a_migration_fills_the_keys_of_rows_that_are_there(database: str):
    def upgrade(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE units (name text, name_key text)"))
        connection.execute(text("INSERT INTO units VALUES ('示例（上海）'), ('示例（上海）'), ('ABC Co'), (NULL)"))
        with Operations.context(MigrationContext.configure(connection)):
            key_columns.fill("units", "name", "name_key", text_key)

    engine = create_async_engine(sqlalchemy_url(database))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        rows = await connection.execute(text("SELECT name_key FROM units ORDER BY 1 NULLS LAST"))
        found = [row[0] for row in rows]
    await engine.dispose()
    assert found == ["abcco", "示例(上海)", "示例(上海)", None]
