"""On the whole stack, a backup is made, all services are restored, and one service's lost database is rebuilt."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from enrollctl.__main__ import app
from enrollctl.backup import table_recovery
from enrollctl.backup.manifest import read_manifest
from enrollctl.backup.rebuild import RebuildOfService
from enrollctl.backup.set_aside import new_name
from enrollctl.demo.inputs.plans import plan_for_new_roster
from enrollctl.demo.results.evaluation import problems_of
from enrollctl.demo.run import walk
from enrollctl.demo.stages.journey import Journey
from enrollctl.ops_client.tokens import OPERATOR_ACCOUNT
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.streams.lag import measure_lag
from support.waiting import eventually

#: Tables whose contents differ in each run: leases, and the state of the pause, which a restore ends.
#: The audit chain also has blocks for the operator's commands, which are not compared; `audit verify` checks it.
#: The console deletes rows of the last three tables some minutes after other tests made them, so also after a restore.
NOT_COMPARED = {
    "leases", "maintenance", "abandoned_records", "audit_chain", "captchas", "sign_in_attempts", "signing_keys",
}  # fmt: skip
#: Columns that a rebuild cannot restore: data sealed anew under a fresh nonce, and the time of handling.
OF_THE_MOMENT = ("sealed", "completed_at", "kept_at")
READERS = [spec for spec in SERVICES if spec.uses_kafka]
#: Table of sums → table of their changes. A periodic job adds the changes to the sums at any time, so the two tables
#: are only compared together.
SUMS = {"member_counts": "member_count_changes", "line_sums": "line_sum_changes"}
#: Table of sums → the rows that are summed.
ROWS = {
    "member_counts": """(SELECT *, 1 AS people, (card_key IS NOT NULL)::int AS with_card
                         FROM members WHERE removed_at IS NULL)""",
    "line_sums": "(SELECT *, 1 AS lines FROM lines WHERE state <> 'arriving')",
}
#: The columns of these tables that are summed.
SUMMED = {"people", "with_card", "lines", "heads", "submitted_heads", "city_fen", "district_fen", "unit_fen"}

#: A digest of every table of a service; it begins with the number of rows.
Contents = dict[str, str]


def invoke(stack: Stack, *words: str) -> Result:
    return CliRunner().invoke(app, ["--dir", str(stack.folders.root), *words])


def run(stack: Stack, *words: str) -> Any:
    done = invoke(stack, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def contents(url: str, but: tuple[str, ...] = ()) -> Contents:
    """Digest every table, without the columns `but` and without the operator's commands that requested the pause."""

    async def digests() -> Contents:
        connection = await asyncpg.connect(url)
        try:
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            sums = {name: await digest_of_sums(connection, name) for (name,) in tables if name in SUMS}
            sums |= {SUMS[name]: digest for name, digest in sums.items()}
            return sums | {
                name: await connection.fetchval(
                    f"""SELECT count(*) || ' ' || md5(coalesce(string_agg(r, ',' ORDER BY r), ''))
                        FROM (SELECT (to_jsonb(t) - $1::text[])::text AS r FROM "{name}" t
                              WHERE to_jsonb(t) ->> 'account' IS DISTINCT FROM $2) AS rows""",
                    list(but),
                    OPERATOR_ACCOUNT,
                )
                for (name,) in tables
                if name not in NOT_COMPARED and name not in sums and not name.startswith("alembic_")
            }
        finally:
            await connection.close()

    return asyncio.run(digests())


async def digest_of_sums(connection: "asyncpg.Connection[Any]", table: str) -> str:
    """Digest the sums that a table of sums and the table of its changes contain together, without sums of zero. The
    sums must equal those that are computed from the summed rows.
    """
    columns = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY 1", table
    )
    names = [name for (name,) in columns]
    common = ", ".join(name for name in names if name not in SUMMED)
    summed = ", ".join(f"sum({name}) AS {name}" for name in names if name in SUMMED)
    nonzero = " OR ".join(f"sum({name}) <> 0" for name in names if name in SUMMED)
    both = f"(SELECT {', '.join(names)} FROM {table} UNION ALL SELECT {', '.join(names)} FROM {SUMS[table]})"
    kept, counted = [
        f"""(SELECT count(*) || ' ' || md5(coalesce(string_agg(r, ',' ORDER BY r), ''))
             FROM (SELECT to_jsonb(s)::text AS r
                   FROM (SELECT {common}, {summed} FROM {rows} AS r
                         GROUP BY {common} HAVING {nonzero}) AS s) AS t)"""
        for rows in (both, ROWS[table])
    ]
    digest, of_rows = await connection.fetchrow(f"SELECT {kept}, {counted}")
    assert digest == of_rows, f"{table} has other sums than the rows that it sums"
    return str(digest)


def everything(stack: Stack, but: tuple[str, ...] = ()) -> dict[str, Contents]:
    return {spec.name: contents(stack.database_url(spec.name), but) for spec in SERVICES}


def voucher_files(stack: Stack) -> dict[str, str]:
    files = [path for path in stack.folders.vouchers.rglob("*") if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def quiet(stack: Stack) -> bool:
    return not any(row.lag for row in asyncio.run(measure_lag(stack.kafka_bootstrap)))


def states(stack: Stack) -> set[str]:
    return {one["state"] for one in run(stack, "maintenance", "show")}


def imported(stack: Stack, folder: Path, seed: int) -> None:
    """Import a further roster and wait for its status check. enrollment-svc gets these data from topics only."""
    plan, _ = plan_for_new_roster(60, seed, folder, None, confirm_all=False)
    journey = Journey(stack, plan, lambda *_: None)
    journey.plant()
    journey.import_roster()
    journey.verify()
    eventually(lambda: quiet(stack))


def findings(verdicts: list[dict[str, Any]]) -> list[str]:
    """The findings of `audit verify`; every service must have a chain."""
    assert {one["service"] for one in verdicts} == {spec.name for spec in READERS}
    assert all(one["blocks"] for one in verdicts)
    return [finding for one in verdicts for finding in one["findings"]]


def sealed_heads(stack: Stack) -> list[dict[str, Any]]:
    """The heads of all chains, once every row of the audit logs is in its chain."""
    eventually(lambda: not any(one["unsealed"] for one in run(stack, "audit", "verify")))
    heads: list[dict[str, Any]] = run(stack, "audit", "head")
    return heads


def destroy(stack: Stack, service: str) -> None:
    async def drop() -> None:
        connection = await asyncpg.connect(stack.admin_database_url)
        try:
            await connection.execute(f'DROP DATABASE "{service.replace("-", "_")}" WITH (FORCE)')
        finally:
            await connection.close()

    asyncio.run(drop())


@contextmanager
def request_that_nobody_carries_out(stack: Stack, service: str) -> Iterator[None]:
    def execute(statement: str) -> None:
        async def execute_it() -> None:
            connection = await asyncpg.connect(stack.database_url(service))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(execute_it())

    execute(
        """INSERT INTO jobs (id, kind, key, body, correlation_id)
           VALUES (gen_random_uuid(), 'nobody.carries.this.out', 'k', '{}', 'c')"""
    )
    try:
        yield
    finally:
        execute("DELETE FROM jobs WHERE kind = 'nobody.carries.this.out'")


@dataclass(frozen=True)
class Kept:
    """A backup, and the digests of the stack's tables at that time. `lasting`: digests of only the columns that a
    rebuild restores.
    """

    folder: Path
    everything: dict[str, Contents]
    lasting: dict[str, Contents]
    vouchers: dict[str, str]


@pytest.fixture(scope="module")
def kept(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A backup of a stack on which one roster has passed all six stages."""
    folder = tmp_path_factory.mktemp("backup")
    plan, expected = plan_for_new_roster(200, 41, folder, None, confirm_all=True)
    stack.set_business_clock(plan.opens_at)
    assert problems_of(walk(stack, plan, lambda _: None), expected) == []
    eventually(lambda: quiet(stack))
    then = Kept(folder / "kept", everything(stack), everything(stack, OF_THE_MOMENT), voucher_files(stack))
    manifest = run(stack, "backup", str(then.folder), "--reason", "before the test")
    assert set(manifest["databases"]) == {spec.name for spec in SERVICES}
    return then


def test_what_does_not_run_dry_leaves_no_backup_and_every_service_open(stack: Stack, kept: Kept, tmp_path: Path):
    with request_that_nobody_carries_out(stack, "review-svc"):
        refused = invoke(stack, "backup", str(tmp_path / "never"), "--patience", "1")
    assert refused.exit_code == 1
    assert "review-svc: jobs_due 1" in refused.stderr
    assert not (tmp_path / "never").exists()
    assert states(stack) == {"open"}


def test_a_damaged_backup_is_refused_before_anything_is_touched(stack: Stack, kept: Kept):
    file = kept.folder / "databases" / "member_svc.dump"
    whole = file.read_bytes()
    before = contents(stack.database_url("member-svc"))
    file.write_bytes(whole[:-1] + b"x")
    try:
        refused = invoke(stack, "restore", str(kept.folder), "--yes")
    finally:
        file.write_bytes(whole)
    assert refused.exit_code == 1
    assert "damaged" in refused.stderr
    assert contents(stack.database_url("member-svc")) == before


def test_everything_goes_back_to_the_backup_and_a_destroyed_database_is_made_again(
    stack: Stack, kept: Kept, tmp_path: Path
):
    imported(stack, tmp_path, 43)
    assert everything(stack) != kept.everything
    heads = tmp_path / "heads.json"
    heads.write_text(json.dumps(sealed_heads(stack)))
    assert findings(run(stack, "audit", "verify", "--anchor", str(heads))) == []
    lost = next(path for path in stack.folders.vouchers.rglob("*") if path.is_file())
    lost.unlink()
    done = run(stack, "restore", str(kept.folder), "--yes")
    assert done["abandoned_records"] > 0
    # The services run again and read the republished records of compacted topics. Wait until they have read all of
    # them.
    eventually(lambda: everything(stack) == kept.everything)
    assert voucher_files(stack) == kept.vouchers
    assert states(stack) == {"open"}
    # The audit chains go on from the backup, and heads that were anchored later are missing.
    assert findings(run(stack, "audit", "verify")) == []
    lost_heads = invoke(stack, "audit", "verify", "--anchor", str(heads))
    assert lost_heads.exit_code == 1
    assert "member-svc: the anchored block" in lost_heads.stderr or "is not the anchored one" in lost_heads.stderr

    # The same roster is imported once more. The ranges of the topics that the restore skipped affect no service.
    imported(stack, tmp_path, 43)
    url = stack.database_url("enrollment-svc")
    after, ends = contents(url, OF_THE_MOMENT), run(stack, "topics", "list")
    assert run(stack, "dead-letters", "list") == []

    destroy(stack, "enrollment-svc")
    report = run(stack, "rebuild", "enrollment-svc", "--backup", str(kept.folder))
    assert report["handled"] > 0
    found = contents(url, OF_THE_MOMENT)
    acts = {"audit_log", "idempotency_keys"}
    assert {name: one for name, one in found.items() if name not in acts} == {
        name: one for name, one in after.items() if name not in acts
    }
    assert run(stack, "topics", "list") == ends
    assert findings(run(stack, "audit", "verify")) == []
    assert run(stack, "status")["ready"] is True


@dataclass(frozen=True)
class Rebuilt:
    """`live`: service → its tables. `found`: (service, whether the rebuild had a backup) → the rebuilt tables."""

    live: dict[str, Contents]
    found: dict[tuple[str, bool], Contents]
    reports: dict[tuple[str, bool], dict[str, Any]]


@pytest.fixture(scope="module")
def rebuilt(stack: Stack, kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Rebuilt:
    """Import a further roster after the backup. Then rebuild every service's database beside the live database."""
    imported(stack, tmp_path_factory.mktemp("later"), 47)
    manifest = read_manifest(kept.folder)
    result = Rebuilt(everything(stack, OF_THE_MOMENT), {}, {})

    def rebuild_both_ways(spec: ServiceSpec) -> None:
        url = stack.database_url(spec.name).rsplit("/", 1)[0] + f"/{new_name(spec)}"
        for one in (manifest, None):
            rebuild = RebuildOfService(stack, spec, kept.folder if one else None, lambda _: None)
            result.reports[spec.name, one is not None] = rebuild.build(one)
            result.found[spec.name, one is not None] = contents(url, OF_THE_MOMENT)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(rebuild_both_ways, READERS))
    return result


@pytest.mark.parametrize("backup", [True, False], ids=["with a backup", "from topics alone"])
@pytest.mark.parametrize("service", [spec.name for spec in READERS])
def test_a_rebuild_brings_back_what_the_page_says(rebuilt: Rebuilt, kept: Kept, service: str, backup: bool):
    live, found, then = rebuilt.live[service], rebuilt.found[service, backup], kept.lasting[service]
    parts = (table_recovery.CHASSIS, table_recovery.SERVICES[service])
    from_topics = frozenset().union(*(one.from_topics for one in parts)) - NOT_COMPARED
    from_backup = frozenset().union(*(one.from_backup for one in parts)) - NOT_COMPARED
    in_part = frozenset().union(*(one.in_part for one in parts)) - NOT_COMPARED
    assert set(live) == from_topics | from_backup | in_part
    assert {name: found[name] for name in from_topics} == {name: live[name] for name in from_topics}
    if backup:
        assert {name: found[name] for name in from_backup} == {name: then[name] for name in from_backup}
    else:
        assert {name for name in from_backup if not found[name].startswith("0 ")} == set()
    report = rebuilt.reports[service, backup]
    assert report["republished"] == 0
    assert bool(report["dead_letters"]) == (table_recovery.SERVICES[service].sets_aside and not backup)


def people(stack: Stack) -> int:
    """The number of enrollment-svc's candidates."""
    return int(contents(stack.database_url("enrollment-svc"))["candidates"].split()[0])


def test_a_rebuild_of_a_healthy_database_is_refused_and_can_be_undone(stack: Stack, kept: Kept):
    url = stack.database_url("member-svc")
    before = contents(url)
    refused = invoke(stack, "rebuild", "member-svc")
    assert refused.exit_code == 1
    assert "member-svc is not lost" in refused.stderr
    assert f"members {int(before['members'].split()[0]):,}" in refused.stderr
    assert contents(url) == before

    done = run(stack, "rebuild", "member-svc", "--yes")
    assert contents(url)["members"].startswith("0 ")
    assert done["set_aside"] in {one["name"] for one in run(stack, "databases", "list")}
    run(stack, "databases", "bring-back", "member-svc")
    assert contents(url) == before


def test_what_comes_back_learns_what_its_service_was_told_meanwhile(stack: Stack, kept: Kept, tmp_path: Path):
    before = people(stack)
    assert run(stack, "rebuild", "enrollment-svc", "--yes")["set_aside"]
    rebuilt = people(stack)
    imported(stack, tmp_path, 59)
    came = people(stack) - rebuilt
    assert came > 0
    refused = invoke(stack, "databases", "bring-back", "enrollment-svc")
    assert "commands since" in refused.stderr
    run(stack, "databases", "bring-back", "enrollment-svc", "--yes")
    assert people(stack) == before + came
    assert run(stack, "status")["ready"] is True
    eventually(lambda: quiet(stack))
    faults = {(row["gaps"], row["regressions"]) for row in run(stack, "lag")}
    assert faults == {(0, 0)}


def as_owner(stack: Stack, spec: ServiceSpec, statement: str) -> None:
    """Change the audit log as the owner of the tables, who disables the log's triggers during the change."""

    async def change() -> None:
        connection = await asyncpg.connect(stack.owner_database_url(spec))
        try:
            await connection.execute("ALTER TABLE audit_log DISABLE TRIGGER USER")
            await connection.execute(statement)
            await connection.execute("ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append_only")
            await connection.execute("ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_never_emptied")
        finally:
            await connection.close()

    asyncio.run(change())


@pytest.mark.row("D04")
def test_a_row_that_the_owner_of_the_tables_changes_is_named(stack: Stack, kept: Kept):
    sealed_heads(stack)
    spec = next(one for one in READERS if one.name == "review-svc")
    as_owner(stack, spec, "UPDATE audit_log SET account = account || '!' WHERE id = 1")
    done = invoke(stack, "audit", "verify")
    as_owner(stack, spec, "UPDATE audit_log SET account = trim(TRAILING '!' FROM account) WHERE id = 1")
    assert done.exit_code == 1
    assert done.stderr.strip() == "review-svc: row 1 of audit_log was changed since block 1 was sealed"
    assert findings(run(stack, "audit", "verify")) == []
