"""A service cannot change, delete or backdate the rows of its own audit log (D04)."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from integration.chassis.sample_service import Sample

from chassis.schema import RoleUnusable, migrate, migrate_now
from chassis.service.ownership import OWNS_AUDIT_LOG
from chassis.testing import Bench
from enrollctl.declarations import OWN_SERVICES
from support.databases import Templates

PACKAGES = [service.package for service in OWN_SERVICES]
INSERT = """INSERT INTO audit_log (account, role, command_id, name, subject, detail)
            VALUES ('li', 'handler', gen_random_uuid(), 'submitted', '', '{}')"""
BLOCK = "INSERT INTO audit_chain VALUES (1, 0, 1, '{1}', ARRAY[''::bytea], '{NULL}', now(), '', '', '')"
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError)


@pytest.fixture
async def role(postgres_admin_url: str) -> AsyncIterator[str]:
    """A role that owns nothing and is allowed to log in."""
    name = f"service_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_admin_url)
    await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    yield name
    await admin.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
    await admin.close()


def url_of(database: str, role: str) -> str:
    parts = urlsplit(database)
    return urlunsplit(parts._replace(netloc=f"{role}:secret@{parts.hostname}:{parts.port}"))


@pytest.fixture
async def review_database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(["chassis", "review_svc"]) as url:
        yield url


@pytest.fixture
async def owned(review_database: str, role: str) -> AsyncIterator[str]:
    """The DSN of a service that does not own its tables.

    At the end, the privileges of the service's role must be dropped before the role itself.
    """
    await migrate(review_database, ["chassis", "review_svc"], service_role=role)
    yield url_of(review_database, role)
    owner = await asyncpg.connect(review_database)
    await owner.execute(f"DROP OWNED BY {role}")
    await owner.close()


@pytest.mark.row("D04")
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE audit_log",
        "TRUNCATE audit_log CASCADE",
        "TRUNCATE line_history",
        "TRUNCATE dead_letter_edits",
        "TRUNCATE inbox_positions",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET account = 'wang'",
        "TRUNCATE audit_chain",
        "DELETE FROM audit_chain",
        "UPDATE audit_chain SET hash = ''",
        "ALTER TABLE audit_chain DISABLE TRIGGER ALL",
        "MERGE INTO audit_chain USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
        "UPDATE line_history SET account = 'wang'",
        "DELETE FROM line_history",
        "MERGE INTO audit_log USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
        "SELECT 1 FROM audit_log FOR UPDATE",
        "BEGIN; LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE",
        "DELETE FROM acts",
        "UPDATE acts SET account = 'wang'",
        INSERT.replace("audit_log (account, role, command_id", "acts (id, account, role, act_id").replace(
            "('li',", "(-1, 'li',"
        ),
        "DROP TABLE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_log_append_only ON audit_log",
        "ALTER TABLE audit_log RENAME TO old_audit_log",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "CREATE RULE quiet AS ON INSERT TO audit_log DO INSTEAD NOTHING",
        "CREATE TABLE other (n int)",
        "CREATE SCHEMA other",
        "SET session_replication_role = replica",
        INSERT.replace("(account,", "(at, account,").replace("('li',", "(now() - interval '1 day', 'li',"),
        INSERT.replace("(account,", "(id, account,").replace("('li',", "(-1, 'li',"),
        "SELECT setval(pg_get_serial_sequence('audit_log', 'id'), 1)",
        "UPDATE alembic_version_chassis SET version_num = '0001'",
        "GRANT TRUNCATE ON audit_log TO PUBLIC; TRUNCATE audit_log",
    ],
)
async def test_the_role_of_a_service_can_only_add(owned: str, statement: str):
    service = await asyncpg.connect(owned)
    try:
        await service.execute(INSERT)
        with pytest.raises(REFUSED):
            await service.execute(statement)
        await service.execute("ROLLBACK")
        assert await service.fetchval("SELECT count(*) FROM audit_log") == 1
    finally:
        await service.close()


@pytest.mark.row("D04")
@pytest.mark.parametrize("table", ["audit_log", "audit_chain", "line_history", "dead_letter_edits"])
async def test_even_the_owner_does_not_empty_what_is_append_only_by_mistake(
    owned: str, review_database: str, table: str
):
    owner = await asyncpg.connect(review_database)
    try:
        await owner.execute(INSERT)
        for before in ("SELECT 1", "SET session_replication_role = replica"):
            await owner.execute(before)
            for statement in (f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises(asyncpg.RaiseError, match=f"{table} is append-only"):
                    await owner.execute(statement)
        with pytest.raises(asyncpg.RaiseError, match="audit_log is append-only"):
            await owner.execute("DELETE FROM audit_log")
    finally:
        await owner.close()


@pytest.mark.row("D04")
@pytest.mark.parametrize("statement", ["DELETE FROM audit_chain", "UPDATE audit_chain SET hash = ''"])
async def test_even_the_owner_does_not_change_the_chain_by_mistake(owned: str, database: str, statement: str):
    owner = await asyncpg.connect(database)
    try:
        await owner.execute(BLOCK)
        for before in ("SELECT 1", "SET session_replication_role = replica"):
            await owner.execute(before)
            with pytest.raises(asyncpg.RaiseError, match="audit_chain is append-only"):
                await owner.execute(statement)
    finally:
        await owner.close()


@pytest.mark.parametrize("package", PACKAGES)
async def test_every_service_may_write_its_tables_but_not_the_audit_log(package: str, database: str, role: str):
    await migrate(database, ["chassis", package], service_role=role)
    owner = await asyncpg.connect(database)
    rights = "SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = $1"
    found: dict[str, set[str]] = {}
    for table, right in await owner.fetch(rights, role):
        found.setdefault(table, set()).add(right)
    await owner.execute(f"DROP OWNED BY {role}")
    await owner.close()
    everything = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    special = {"audit_chain": {"SELECT", "INSERT"}} | {
        "audit_log": {"SELECT"},
        "acts": {"SELECT"},
        "dead_letter_edits": {"SELECT", "INSERT", "DELETE"},
    }
    if package == "review_svc":
        special["line_history"] = {"SELECT", "INSERT"}
    special |= {f"alembic_version_{one}": {"SELECT"} for one in ("chassis", package)}
    assert found == dict.fromkeys(found, everything) | special


async def test_a_service_may_refresh_the_statistics_of_its_tables(database: str, role: str):
    """For a role without the privilege, PostgreSQL does not execute ANALYZE, but only logs a warning."""
    await migrate(database, ["chassis", "member_svc"], service_role=role)
    service, owner = await asyncpg.connect(url_of(database, role)), await asyncpg.connect(database)
    warnings: list[str] = []
    service.add_log_listener(lambda _, message: warnings.append(message.message))
    tables = ["members", "import_people", "import_rows"]
    try:
        await service.execute(f"ANALYZE {', '.join(tables)}")
        assert warnings == []
        given = await owner.fetch("SELECT relname FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL ORDER BY 1")
        assert [row["relname"] for row in given] == sorted(tables)
        await service.execute("ANALYZE audit_log")
        assert len(warnings) == 1
    finally:
        await service.close()
        await owner.execute(f"DROP OWNED BY {role}")
        await owner.close()


async def test_the_command_migrates_as_the_owner(empty_database: str, role: str):
    """A second run neither grants nor revokes any privilege."""
    for _ in range(2):
        await asyncio.to_thread(migrate_now, url_of(empty_database, role), ["chassis"], owner_url=empty_database)
    service, owner = await asyncpg.connect(url_of(empty_database, role)), await asyncpg.connect(empty_database)
    await service.execute(INSERT)
    assert await service.fetchval(OWNS_AUDIT_LOG) is False
    assert await owner.fetchval(OWNS_AUDIT_LOG) is True
    await service.close()
    await owner.execute(f"DROP OWNED BY {role}")
    await owner.close()


async def test_a_role_from_which_nothing_can_be_kept_is_refused(empty_database: str, postgres_admin_url: str):
    superuser = urlsplit(postgres_admin_url).username or ""
    with pytest.raises(RoleUnusable, match="superuser or the owner"):
        await migrate(empty_database, ["chassis"], service_role=superuser)
    with pytest.raises(RoleUnusable, match="there is no role nobody_at_all"):
        await migrate(empty_database, ["chassis"], service_role="nobody_at_all")


@pytest.mark.row("D04")
async def test_a_caller_does_not_choose_the_address_on_record(bench: Bench, sample: Sample):
    """The caller's own headers are ignored, unless the request comes from a trusted proxy.

    uvicorn itself would by default use the forwarded address of this test's client, because the client is at 127.0.0.1.
    """
    forged = {"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4"}
    here = uuid4()
    answer = await bench.client.post(f"/asks/{here}", headers=bench.token("handler", here) | forged)
    assert answer.status_code == 202, answer.text
    bench.runtime.settings.trusted_proxies = (ip_network("127.0.0.0/8"),)
    await bench.client.post(f"/asks/{here}", headers=bench.token("handler", here) | forged)
    async with bench.database.read() as connection:
        rows = await connection.fetch("SELECT address FROM audit_log ORDER BY id")
    assert [row["address"] for row in rows] == ["127.0.0.1", "1.2.3.4"]
