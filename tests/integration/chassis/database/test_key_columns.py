"""A search by a key column also finds rows that were written before the column existed.

A key column contains the normalized form of a text column, such as `name_key` for `name`. Searches compare this form.
"""

from collections.abc import Callable

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.normalization import text_key
from chassis.schema import key_columns, migrate, sqlalchemy_url
from chassis.sql import migrations_of


async def test_a_migration_fills_the_keys_of_rows_that_are_there(empty_database: str):
    def upgrade(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE units (name text, name_key text)"))
        connection.execute(text("INSERT INTO units VALUES ('示例（上海）'), ('示例（上海）'), ('ABC Co'), (NULL)"))
        with Operations.context(MigrationContext.configure(connection)):
            key_columns.fill("units", "name", "name_key", text_key)

    engine = create_async_engine(sqlalchemy_url(empty_database))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        rows = await connection.execute(text("SELECT name_key FROM units ORDER BY 1 NULLS LAST"))
        found = [row[0] for row in rows]
    await engine.dispose()
    assert found == ["abcco", "示例(上海)", "示例(上海)", None]


def refill_of(package: str, number: str) -> Callable[[], None]:
    config = Config()
    config.set_main_option("script_location", str(migrations_of(package)))
    config.set_main_option("path_separator", "os")
    revision = ScriptDirectory.from_config(config).get_revision(number)
    assert revision is not None
    upgrade: Callable[[], None] = revision.module.upgrade
    return upgrade


@pytest.mark.parametrize(
    ("package", "revision", "columns"),
    [
        ("member_svc", "0009", [("members", "tag", "tag_key"), ("unions", "name", "name_key")]),
        ("payment_svc", "0004", [("vouchers", "file_name", "file_name_key")]),
        ("review_svc", "0007", [("lines", "unit_name", "unit_name_key")]),
    ],
)
async def test_keys_of_an_older_normalizer_become_those_of_today(
    empty_database: str, package: str, revision: str, columns: list[tuple[str, str, str]]
):
    """Two rows whose new keys are equal stay two rows."""
    await migrate(empty_database, ["chassis", package])

    def refill(connection: Connection) -> None:
        for table, column, key in columns:
            # The test does not need the other constraints and columns of the table.
            connection.execute(text(f"CREATE TEMP TABLE {table} AS SELECT {column}, {key} FROM {table} LIMIT 0"))
            rows = (
                "('示例【上海】「一」', '示例【上海】「一」'), ('示例(上海)\"一\"', '示例(上海)\"一\"'), (NULL, NULL)"
            )
            connection.execute(text(f"INSERT INTO {table} VALUES {rows}"))
        with Operations.context(MigrationContext.configure(connection)):
            refill_of(package, revision)()

    engine = create_async_engine(sqlalchemy_url(empty_database))
    async with engine.begin() as connection:
        await connection.run_sync(refill)
        for table, _, key in columns:
            found = list(await connection.scalars(text(f"SELECT {key} FROM {table} ORDER BY 1 NULLS LAST")))
            assert found == ['示例(上海)"一"', '示例(上海)"一"', None]
    await engine.dispose()
