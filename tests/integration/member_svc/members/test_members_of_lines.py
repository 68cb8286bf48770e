"""The members of batch lines are stored in parts, and a search for one member uses an index."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from integration.member_svc.handler import Handler
from integration.member_svc.members.test_member_list import Case, remove
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from unit.member_svc.workbooks import person, workbook

from chassis.schema import migrate, sqlalchemy_url
from chassis.sql import migrations_of
from chassis.testing import Bench
from member_svc.store import protections

#: The table of the former release.
FORMER_TABLE = """
    CREATE TABLE line_members (
        line_id uuid NOT NULL, member_id uuid NOT NULL, returned boolean NOT NULL, PRIMARY KEY (line_id, member_id))"""
LINES = 2_000


@pytest.mark.row("A57")
async def test_every_member_of_a_long_part_is_protected(handler: Handler, bench: Bench):
    """The members of a long part are stored in several rows of a table."""
    await handler.bring_in(workbook([person(n) for n in range(3)]))
    listed = await handler.members()
    others = [str(uuid4()) for _ in range(297)]
    chosen = [listed[0]["member_id"], *others[:150], listed[1]["member_id"], *others[150:], listed[2]["member_id"]]
    case = Case(handler)
    cause, event = case.submitted(*chosen)
    await bench.deliver(event, cause=cause)
    assert await bench.dead_letters() == []
    assert [member["under_review"] for member in await handler.members()] == [True, True, True]
    await bench.deliver(case.returned(listed[1]["member_id"]))
    assert [member["under_review"] for member in await handler.members()] == [True, False, True]
    assert [(await remove(handler, member))[0] for member in listed] == [409, 202, 409]


@pytest.mark.parametrize("analyzed", [False, True])
async def test_a_search_for_members_uses_the_index_whatever_the_statistics_say(database: str, *, analyzed: bool):
    await migrate(database, ["chassis", "member_svc"])
    connection = await asyncpg.connect(database)
    try:
        await _fill(connection)
        if analyzed:
            await connection.execute("ANALYZE")
        statement, arguments = protections.UNDER_REVIEW.bind(member_ids=[uuid4() for _ in range(3)])
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *arguments))
    finally:
        await connection.close()
    for index in ("line_parts_members", "returned_members_pkey", "batch_lines_pkey"):
        assert index in plan
    assert "Seq Scan" not in plan


async def _fill(connection: Any) -> None:
    await connection.execute(
        f"""INSERT INTO batch_lines (line_id, state) SELECT gen_random_uuid(), 'under_review'
            FROM generate_series(1, {LINES});
            INSERT INTO line_parts
            SELECT line_id, 0, 0,
                   (SELECT array_agg(gen_random_uuid()) FROM generate_series(1, 100) WHERE line_id IS NOT NULL)
            FROM batch_lines;
            INSERT INTO returned_members SELECT line_id, member_ids[1] FROM line_parts"""
    )


async def test_members_of_the_former_release_are_protected_as_before(database: str):
    await migrate(database, ["chassis", "member_svc"])
    line, ended = uuid4(), uuid4()
    ids = sorted(uuid4() for _ in range(250))

    def upgrade(connection: Connection) -> None:
        connection.execute(text("DROP TABLE line_parts, returned_members"))
        connection.execute(text(FORMER_TABLE))
        rows = [{"line": line, "member": member, "returned": member == ids[7]} for member in ids]
        rows += [{"line": ended, "member": ids[7], "returned": False}]
        connection.execute(text("INSERT INTO line_members VALUES (:line, :member, :returned)"), rows)
        connection.execute(
            text("INSERT INTO batch_lines (line_id, state) VALUES (:line, 'under_review'), (:ended, 'ended')"),
            {"line": line, "ended": ended},
        )
        with Operations.context(MigrationContext.configure(connection)):
            _revision("0011").upgrade()

    engine = create_async_engine(sqlalchemy_url(database))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()
    assert await _protected(database, ids) == [member for member in ids if member != ids[7]]


async def _protected(database: str, ids: list[UUID]) -> list[UUID]:
    connection = await asyncpg.connect(database)
    try:
        return await protections.under_review(connection, ids)
    finally:
        await connection.close()


def _revision(number: str) -> Any:
    config = Config()
    config.set_main_option("script_location", str(migrations_of("member_svc")))
    config.set_main_option("path_separator", "os")
    revision = ScriptDirectory.from_config(config).get_revision(number)
    assert revision is not None
    return revision.module
