"""A backup, everything back to it, and one service's database lost and made again; on the whole stack."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from contracts.words import Role
from enrollctl.__main__ import app
from enrollctl.commands.demo import walk
from enrollctl.demo.given_data import made
from enrollctl.demo.journey import Journey
from enrollctl.lag import measure_lag
from enrollctl.services import SERVICES
from enrollctl.stack import Stack
from enrollctl.tokens import new_token
from support.waiting import eventually

#: What differs by nature: leases, audit of the pause itself, requests set aside by a rebuild.
NOT_COMPARED = {"leases", "acts", "maintenance", "abandoned_records", "idempotency_keys", "outbound_requests"}


def run(stack: Stack, *words: str) -> Any:
    done = CliRunner().invoke(app, ["--dir", str(stack.folders.root), *words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def contents(stack: Stack, service: str) -> dict[str, str]:
    """A digest of every table of a service."""

    async def digests() -> dict[str, str]:
        connection = await asyncpg.connect(stack.database_url(service))
        try:
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            names = [row[0] for row in tables if row[0] not in NOT_COMPARED]
            return {
                name: await connection.fetchval(
                    f"SELECT count(*) || md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{name}\" t"
                )
                for name in names
            }
        finally:
            await connection.close()

    return asyncio.run(digests())


def everything(stack: Stack) -> dict[str, dict[str, str]]:
    return {spec.name: contents(stack, spec.name) for spec in SERVICES if spec.uses_kafka}


def quiet(stack: Stack) -> bool:
    return not any(row.lag for row in asyncio.run(measure_lag(stack.kafka_bootstrap)))


def imported(stack: Stack, folder: Path, seed: int) -> None:
    """A second roster, as far as the status check: what follows reaches enrollment-svc over topics alone."""
    plan, _ = made(60, seed, folder, None, confirm_all=False)
    journey = Journey(stack, plan, lambda *_: None)
    journey.plant()
    journey.import_roster()
    journey.verify()
    eventually(lambda: quiet(stack))


def destroy(stack: Stack, service: str) -> None:
    async def drop() -> None:
        connection = await asyncpg.connect(stack.admin_database_url)
        try:
            await connection.execute(f'DROP DATABASE "{service.replace("-", "_")}" WITH (FORCE)')
        finally:
            await connection.close()

    asyncio.run(drop())


@pytest.fixture(scope="module")
def backup(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, str]]]:
    """One walk through all stages, kept."""
    folder = tmp_path_factory.mktemp("backup")
    plan, _ = made(120, 31, folder, None, confirm_all=True)
    stack.set_business_clock(plan.opens_at)
    walk(stack, plan, lambda _: None)
    manifest = run(stack, "backup", str(folder / "kept"), "--reason", "before the test")
    assert set(manifest["databases"]) == {spec.name for spec in SERVICES}
    return folder / "kept", everything(stack)


def test_acts_are_taken_in_again_after_a_backup(stack: Stack, backup: tuple[Path, Any]):
    token = new_token(stack.keys, account="ops", role=Role.OPERATOR).text
    for service in ("member-svc", "payment-svc"):
        answer = httpx.get(f"{stack.url(service)}/ops/maintenance", headers={"Authorization": f"Bearer {token}"})
        assert (answer.json()["state"], answer.json()["outbox"]) == ("open", 0)


def test_a_destroyed_database_is_made_again_from_backup_and_topics(
    stack: Stack, backup: tuple[Path, Any], tmp_path: Path
):
    kept, _ = backup
    imported(stack, tmp_path, 41)
    before, ends = contents(stack, "enrollment-svc"), run(stack, "topics", "list")
    destroy(stack, "enrollment-svc")
    report = run(stack, "rebuild", "enrollment-svc", "--backup", str(kept))
    assert report["handled"] > 0
    assert contents(stack, "enrollment-svc") == before
    assert run(stack, "topics", "list") == ends
    assert run(stack, "status")["ready"] is True


def test_everything_goes_back_to_the_backup_and_on_from_there(stack: Stack, backup: tuple[Path, Any], tmp_path: Path):
    kept, then = backup
    imported(stack, tmp_path, 43)
    assert everything(stack) != then
    done = run(stack, "restore", str(kept), "--yes")
    assert done["abandoned_records"] > 0
    assert everything(stack) == then
    assert run(stack, "status")["ready"] is True
    # The same roster once more: what was left behind on the topics disturbs nobody, a rebuild included.
    imported(stack, tmp_path, 43)
    after = contents(stack, "enrollment-svc")
    assert after != then["enrollment-svc"]
    assert run(stack, "dead-letters", "list") == []
    destroy(stack, "enrollment-svc")
    run(stack, "rebuild", "enrollment-svc", "--backup", str(kept))
    assert contents(stack, "enrollment-svc") == after


def test_a_damaged_backup_is_refused_before_anything_is_touched(stack: Stack, backup: tuple[Path, Any]):
    kept, _ = backup
    file = kept / "databases" / "member_svc.dump"
    whole = file.read_bytes()
    before = contents(stack, "member-svc")
    file.write_bytes(whole[:-1] + b"x")
    try:
        refused = CliRunner().invoke(app, ["--dir", str(stack.folders.root), "restore", str(kept), "--yes"])
    finally:
        file.write_bytes(whole)
    assert refused.exit_code == 1
    assert "damaged" in refused.stderr
    assert contents(stack, "member-svc") == before
