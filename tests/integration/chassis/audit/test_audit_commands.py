"""Calls `enrollctl audit` as an operator does. Only one service has a database here, the sample service."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from integration.chassis.audit.audit_desk import SERVICE, AuditDesk
from typer.testing import CliRunner

from chassis.privacy import Keys
from enrollctl.__main__ import app
from enrollctl.commands.ops import audit
from enrollctl.stack.stack import Stack

pytestmark = pytest.mark.row("D04")


@dataclass
class OneService:
    """Stands in for a stack in which only the sample service runs."""

    keys: Keys
    url: str

    def __call__(self, folders: Any) -> "OneService":
        return self

    def database_url(self, service: str) -> str:
        assert service == SERVICE
        return self.url

    connection = Stack.connection


@pytest.fixture
def stack(desk: AuditDesk, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "Stack", OneService(desk.bench.runtime.keys, database))
    monkeypatch.setattr(audit, "HOLDERS", [SERVICE])


async def run(folder: Path, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["--dir", str(folder), "audit", *words])


async def test_an_operator_sees_the_unsealed_rows_then_the_chain(desk: AuditDesk, stack: None, tmp_path: Path):
    await desk.add("li", "wang")
    [waiting] = json.loads((await run(tmp_path, "verify", "--json")).stdout)
    assert (waiting["unsealed"], waiting["unsealed_from"], waiting["head"]) == (2, 1, None)
    assert waiting["unsealed_since"].endswith("Z")
    assert "No row" in (await run(tmp_path, "head")).stdout
    await desk.seal()
    verified = await run(tmp_path, "verify")
    assert verified.exit_code == 0, verified.output
    assert SERVICE in verified.stdout
    [head] = json.loads((await run(tmp_path, "head", "--json")).stdout)
    assert (head["service"], head["position"], head["up_to_id"]) == (SERVICE, 1, 2)
    assert head["hash"] in (await run(tmp_path, "head")).stdout


async def test_a_changed_row_ends_the_command_with_its_name(desk: AuditDesk, stack: None, tmp_path: Path):
    await desk.add("li", "wang")
    await desk.seal()
    anchor = tmp_path / "heads.json"
    anchor.write_text((await run(tmp_path, "head", "--json")).stdout)
    assert (await run(tmp_path, "verify", "--anchor", str(anchor))).exit_code == 0
    await desk.as_owner("audit_log", "UPDATE audit_log SET account = 'wu' WHERE id = 2")
    found = await run(tmp_path, "verify", "--service", SERVICE)
    assert found.exit_code == 1
    assert f"{SERVICE}: row 2 of audit_log was changed since block 1 was sealed" in found.stderr
    await desk.as_owner("audit_chain", "DELETE FROM audit_chain")
    found = await run(tmp_path, "verify", "--anchor", str(anchor))
    assert found.exit_code == 1
    assert f"{SERVICE}: the anchored block 1 is missing" in found.stderr


@pytest.mark.parametrize("text", ["", "[1]", '[{"service": "no-such-svc"}]', "{}"])
async def test_a_file_without_heads_is_refused(stack: None, tmp_path: Path, text: str):
    file = tmp_path / "heads.json"
    file.write_text(text)
    refused = await run(tmp_path, "verify", "--anchor", str(file))
    assert refused.exit_code == 2
    assert "holds no heads" in refused.stderr
