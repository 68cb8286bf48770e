"""During a backup, no service does any work. However the backup ends, it opens all services that it can reach."""

import json
from pathlib import Path

import httpx
import pytest

from enrollctl.backup.backup import Backup
from enrollctl.errors import ComponentUnhealthy
from enrollctl.ops_client import maintenance
from enrollctl.ops_client.operators import Operators
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress, StepState
from enrollctl.workspace.folders import Folders


def test_a_service_that_is_lost_during_a_backup_keeps_no_other_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(maintenance.time, "sleep", lambda _: None)
    states = {"lost": "open", "well": "open"}
    progress: list[Progress] = []

    def answer(request: httpx.Request) -> httpx.Response:
        service = request.url.host
        if states["lost"] == "draining" and (service == "lost" or request.method == "GET"):
            raise httpx.ConnectError("refused")
        if request.method == "GET":
            return httpx.Response(200, json={"state": states[service], "dry": True})
        before, states[service] = states[service], json.loads(request.content)["state"]
        return httpx.Response(200, json={"before": before, "state": states[service]})

    monkeypatch.setattr(Stack, "owner_database_url", lambda _, spec: f"postgresql://{spec.owner}")
    urls = {name: f"http://{name}" for name in states}
    operators = Operators(urls, "t0ken", httpx.MockTransport(answer))
    with pytest.raises(ComponentUnhealthy, match="lost does not answer"):
        Backup(Stack(Folders(tmp_path)), operators, tmp_path / "kept", "r", progress.append).make(1)
    assert states == {"lost": "draining", "well": "open"}
    assert (progress[-1].state, "enrollctl maintenance open" in progress[-1].detail) == (StepState.FAILED, True)
    assert not (tmp_path / "kept").exists()
