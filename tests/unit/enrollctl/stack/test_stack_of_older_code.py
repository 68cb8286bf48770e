"""A stack that was started by older code has no owners of databases. Until the next `up`, it runs and migrates with the
roles of its services.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from enrollctl.backup.backup import Backup
from enrollctl.errors import Failure
from enrollctl.ops_client.operators import Operators
from enrollctl.processes import processes
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.stack.state import ComponentState, Phase, StackState
from enrollctl.terminal.progress import no_progress
from enrollctl.workspace.files import write_json
from enrollctl.workspace.folders import Folders

MEMBER = next(spec for spec in SERVICES if spec.name == "member-svc")
OWN = "postgresql://member_svc:s@127.0.0.1:5/member_svc"
OWNERS = "postgresql://member_svc_owner:o@127.0.0.1:5/member_svc"


def stack(folder: Path, passwords: dict[str, str], ports: Mapping[str, int] | None = None) -> Stack:
    folders = Folders(folder)
    StackState(
        supervisor=ProcessIdentity.of(os.getpid()),
        phase=Phase.RUNNING,
        started_at=datetime.now(UTC),
        kafka_port=1,
        controller_port=1,
        postgres_port=5,
        parts=[ComponentState(name=name, kind="service", port=port) for name, port in (ports or {}).items()],
    ).save(folders)
    write_json(folders.secrets, passwords)
    return Stack(folders)


@pytest.mark.parametrize(
    ("passwords", "url", "told"),
    [({"member_svc": "s"}, OWN, None), ({"member_svc": "s", "member_svc_owner": "o"}, OWNERS, OWNERS)],
)
def test_a_service_migrates_as_the_owner_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passwords: dict[str, str], url: str, told: str | None
):
    """A stack of older code has no owners, only the services' own roles. A service refuses to migrate if
    UE_OWNER_DATABASE_URL contains its own role. So such a stack does not set this variable.
    """
    started: list[Mapping[str, str]] = []

    def start(_: Any, *, log: Path, environment: Mapping[str, str]) -> None:
        started.append(environment)

    here = stack(tmp_path, passwords)
    monkeypatch.setattr(processes, "start", start)
    assert here.owner_database_url(MEMBER) == url
    here.process_of(MEMBER).migrate()
    assert (started[0]["UE_DATABASE_URL"], started[0].get("UE_OWNER_DATABASE_URL")) == (OWN, told)


def test_a_process_uses_the_database_that_is_made_beside_the_old_one(tmp_path: Path):
    here = stack(tmp_path, {"member_svc": "s", "member_svc_owner": "o"})
    process = here.process_of(MEMBER, database="member_svc_new")
    assert process.settings["UE_DATABASE_URL"] == f"{OWN}_new"
    assert (process.log, here.process_of(MEMBER).log) == (
        here.folders.log("member-svc-rebuild"),
        here.folders.log("member-svc"),
    )


@pytest.mark.parametrize("ports", [{}, {"made-up-svc": 4321}])
def test_a_service_that_no_declaration_names_has_a_process_too(tmp_path: Path, ports: dict[str, int]):
    here = stack(tmp_path, {"made_up_svc": "s"}, ports)
    process = here.process_of(ServiceSpec("made-up-svc", ("made_up.py",), has_owner_role=False))
    assert process.port == ports.get("made-up-svc", 0)


def test_a_backup_that_can_read_no_database_is_refused_before_anything_is_paused(tmp_path: Path):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json={"state": "open", "dry": True})

    operators = Operators({"member-svc": "http://member"}, "t0ken", httpx.MockTransport(answer))
    with pytest.raises(Failure, match="has no database of"):
        Backup(stack(tmp_path, {}), operators, tmp_path / "kept", "r", no_progress).make(1)
    assert asked == ["GET"]
