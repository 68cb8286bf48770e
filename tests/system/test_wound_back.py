"""A backup, everything back to it, and one service's database lost and made again; on the whole stack."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from enrollctl.__main__ import app
from enrollctl.demo.given_data import made
from enrollctl.demo.journey import Journey
from enrollctl.lag import measure_lag
from enrollctl.services import SERVICES
from enrollctl.stack import Stack
from support.waiting import eventually

#: What differs by nature: leases, audit of the pause itself, requests set aside by a rebuild.
NOT_COMPARED = {"leases", "acts", "maintenance", "abandoned_records", "idempotency_keys", "outbound_requests"}


def run(stack: Stack, *words: str) -> Any:
    done = CliRunner().invoke(app, ["--dir", str(stack.folders.root), *words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


#: Sealed anew under a fresh nonce, and the instant of handling: a rebuild cannot bring back either.
OF_THE_MOMENT = ("sealed", "completed_at")


def contents(stack: Stack, service: str, but: tuple[str, ...] = ()) -> dict[str, str]:
    """A digest of every table of a service, without the columns `but`."""

    async def digests() -> dict[str, str]:
        connection = await asyncpg.connect(stack.database_url(service))
        try:
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            return {
                name: await connection.fetchval(
                    f"""SELECT count(*) || ' ' || md5(coalesce(string_agg(r, ',' ORDER BY r), ''))
                        FROM (SELECT (to_jsonb(t) - $1::text[])::text AS r FROM "{name}" t) AS rows""",
                    list(but),
                )
                for (name,) in tables
                if name not in NOT_COMPARED
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
def kept(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a stack that holds a roster."""
    folder = tmp_path_factory.mktemp("backup")
    stack.set_business_clock(made(60, 41, folder, None, confirm_all=False)[0].opens_at)
    imported(stack, folder, 41)
    manifest = run(stack, "backup", str(folder / "kept"), "--reason", "before the test")
    assert set(manifest["databases"]) == {spec.name for spec in SERVICES}
    return folder / "kept"


def test_a_damaged_backup_is_refused_before_anything_is_touched(stack: Stack, kept: Path):
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


def test_everything_goes_back_to_the_backup_and_a_destroyed_database_is_made_again(
    stack: Stack, kept: Path, tmp_path: Path
):
    then = everything(stack)
    imported(stack, tmp_path, 43)
    assert everything(stack) != then
    done = run(stack, "restore", str(kept), "--yes")
    assert done["abandoned_records"] > 0
    assert everything(stack) == then

    # The same roster once more: what was left behind on the topics disturbs nobody.
    imported(stack, tmp_path, 43)
    after, ends = contents(stack, "enrollment-svc", OF_THE_MOMENT), run(stack, "topics", "list")
    assert run(stack, "dead-letters", "list") == []

    destroy(stack, "enrollment-svc")
    report = run(stack, "rebuild", "enrollment-svc", "--backup", str(kept))
    assert report["handled"] > 0
    assert contents(stack, "enrollment-svc", OF_THE_MOMENT) == after
    assert run(stack, "topics", "list") == ends
    assert run(stack, "status")["ready"] is True
