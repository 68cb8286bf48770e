"""Each database of the local stack belongs to an owner role of its own, also in stacks of older releases (D04)."""

from asyncio import to_thread
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from chassis.schema import RoleUnusable, migrate_now
from enrollctl.backup.pg_tools import copy_database, drop
from enrollctl.stack.databases import database_named, ensure_databases, roles_of
from enrollctl.stack.services import ServiceSpec

ACT = """INSERT INTO audit_log (account, role, command_id, name, subject, detail)
         VALUES ('li', 'handler', gen_random_uuid(), 'submitted', '', '{}')"""


class Server:
    """The PostgreSQL server of the tests, and one service with a unique name."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self.spec = ServiceSpec(f"kept{uuid4().hex[:8]}-svc", ())
        self.passwords = {role: uuid4().hex for role in roles_of([self.spec])}
        self.copy = f"{self.spec.database}_copy"

    def url(self, role: str, database: str | None = None) -> str:
        parts = urlsplit(database_named(self.admin_url, database or self.spec.database))
        return urlunsplit(parts._replace(netloc=f"{role}:{self.passwords[role]}@{parts.hostname}:{parts.port}"))

    async def ensure(self) -> None:
        await ensure_databases(self.admin_url, (self.spec,), self.passwords)

    async def execute(self, url: str, *statements: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def as_before(self) -> None:
        """Create the database as an earlier release did, in which there were no owner roles yet."""
        role = self.spec.database
        await self.execute(self.admin_url, f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{self.passwords[role]}'")
        await self.execute(self.admin_url, f'CREATE DATABASE "{role}" OWNER "{role}"')
        await self.migrate_alone(role)
        await self.execute(self.url(role), ACT)

    async def migrate_alone(self, role: str) -> None:
        await to_thread(migrate_now, self.url(role), ["chassis"])

    async def migrate(self, database: str | None = None) -> None:
        role, owner = self.url(self.spec.database, database), self.url(self.spec.owner, database)
        await to_thread(migrate_now, role, ["chassis"], owner_url=owner)


@pytest.fixture
async def server(postgres_admin_url: str) -> AsyncIterator[Server]:
    one = Server(postgres_admin_url)
    yield one
    for name in (one.spec.database, one.copy):
        await drop(postgres_admin_url, name)
    for role in roles_of([one.spec]):
        await one.execute(postgres_admin_url, f'DROP ROLE IF EXISTS "{role}"')


async def assert_kept(server: Server, database: str | None = None) -> None:
    role = server.spec.database
    await server.execute(server.url(role, database), ACT)
    for statement in (
        "TRUNCATE audit_log",
        "DELETE FROM audit_log",
        "DROP TABLE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    ):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError)):
            await server.execute(server.url(role, database), statement)
    # PostgreSQL would prefer a temporary table with the name audit_log, and the session would write its rows there.
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await server.execute(server.url(role, database), "CREATE TEMP TABLE audit_log (n int)")


@pytest.mark.row("D04")
async def test_a_new_database_belongs_to_its_owner(server: Server):
    for _ in range(2):
        await server.ensure()
        await server.migrate()
    await assert_kept(server)


@pytest.mark.row("D04")
async def test_the_database_of_an_older_stack_changes_hands_with_all_that_is_in_it(server: Server):
    await server.as_before()
    await server.ensure()
    await server.migrate()
    await assert_kept(server)


@pytest.mark.row("D04")
async def test_a_database_that_was_set_aside_before_changes_hands_when_it_comes_back(server: Server):
    await server.as_before()
    await server.execute(server.admin_url, f'ALTER DATABASE "{server.spec.database}" RENAME TO "{server.copy}_old"')
    try:
        await server.ensure()
        await copy_database(server.admin_url, server.copy, f"{server.copy}_old", server.spec)
        await server.migrate(server.copy)
        await assert_kept(server, server.copy)
    finally:
        await drop(server.admin_url, f"{server.copy}_old")


async def test_nobody_else_connects(server: Server, postgres_admin_url: str):
    await server.ensure()
    stranger = ServiceSpec(f"stranger{uuid4().hex[:8]}", (), has_owner_role=False)
    server.passwords[stranger.database] = "secret"
    await server.execute(postgres_admin_url, f"CREATE ROLE {stranger.database} LOGIN PASSWORD 'secret'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await server.execute(server.url(stranger.database), "SELECT 1")
    finally:
        await server.execute(postgres_admin_url, f"DROP ROLE {stranger.database}")


async def test_an_owner_that_is_the_service_itself_is_told_so(server: Server):
    await server.as_before()
    url = server.url(server.spec.database)
    with pytest.raises(RoleUnusable, match="UE_OWNER_DATABASE_URL"):
        await to_thread(migrate_now, url, ["chassis"], owner_url=url)
