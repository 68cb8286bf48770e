"""Imports that the former release has checked, or has applied in part, are applied after the migration."""

import functools
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.schema import migrate, sqlalchemy_url
from chassis.schema.migrations import _scripts
from chassis.sql import version_table

FORMER = "0010"
PEOPLE = """
    INSERT INTO import_people (import_id, row_no, unit_id, person_key, member_id, document_type, name_key, sealed, tag)
    SELECT '00000000-0000-0000-0000-000000000001', n, md5((n % 2)::text)::uuid, lpad(n::text, 32, '0'),
           md5(n::text)::uuid, 'resident_id', md5(n::text), n::text::bytea, CASE WHEN n % 3 = 0 THEN n::text END
    FROM generate_series(2, 1301) AS n"""
ROWS = """
    INSERT INTO import_rows (import_id, row_no, outcome, warned, masked_name, masked_number)
    SELECT import_id, row_no, CASE WHEN row_no < 10 THEN 'updated' ELSE 'created' END, false, '*', '*'
    FROM import_people WHERE row_no <> 20"""
#: The first part is applied. It added the person of row 2000, whose row in `import_people` is deleted. It left out the
#: people of its rows 2, 4 and 6, who are still in `import_people`.
PARTS = """
    INSERT INTO import_parts (import_id, purpose, unit_id, part_index, part_count, row_nos, applied_at)
    SELECT '00000000-0000-0000-0000-000000000001', p, md5('0')::uuid, i, 2, rows, at
    FROM (VALUES ('created', 0, '{2,4,6,2000}'::int[], now()), ('created', 1, '{8}', NULL),
                 ('changed', 0, '{10}', now())) AS parts (p, i, rows, at)"""
AGAIN = """
    SELECT s.unit_id, p.* FROM import_people AS s
    CROSS JOIN unnest(row_no, person_key, member_id, document_type, name_key, sealed, tag, outcome)
        AS p (row_no, person_key, member_id, document_type, name_key, sealed, tag, outcome) ORDER BY row_no"""


def to_revision(connection: Connection, revision: str) -> None:
    config, scripts = _scripts("member_svc")
    steps = functools.partial(scripts._upgrade_revs, revision)
    with EnvironmentContext(config, scripts, fn=lambda was, _: steps(was), destination_rev=revision) as environment:
        environment.configure(connection=connection, version_table=version_table("member_svc"))
        environment.run_migrations()


@pytest.fixture
async def former(empty_database: str) -> AsyncIterator["asyncpg.Connection"]:
    """A connection to a database of the former release."""
    await migrate(empty_database, ["chassis"])
    engine = create_async_engine(sqlalchemy_url(empty_database), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(to_revision, FORMER)
    await engine.dispose()
    connection = await asyncpg.connect(empty_database)
    yield connection
    await connection.close()


async def test_staged_people_and_parts_are_kept(empty_database: str, former: asyncpg.Connection):
    for statement in (PEOPLE, ROWS, PARTS):
        await former.execute(statement)
    before = await former.fetch(
        """SELECT p.unit_id, row_no, person_key, member_id, document_type, name_key, sealed, tag, outcome
           FROM import_people AS p LEFT JOIN import_rows USING (import_id, row_no) ORDER BY row_no"""
    )
    await migrate(empty_database, ["chassis", "member_svc"])
    assert await former.fetch(AGAIN) == before
    portions = await former.fetch("SELECT cardinality(row_no) AS n, last_row, row_no FROM import_people ORDER BY 2")
    assert [(portion["n"], portion["last_row"]) for portion in portions] == [
        (500, 1000),
        (500, 1001),
        (150, 1300),
        (150, 1301),
    ]
    left_out = await former.fetch("SELECT left_out FROM import_parts ORDER BY purpose DESC, part_index")
    assert [row["left_out"] for row in left_out] == [[2, 4, 6], [], []]
