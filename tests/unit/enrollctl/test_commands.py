"""The help, the JSON output and the exit codes of the commands. Scripts rely on them."""

import errno
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka.errors import KafkaConnectionError
from typer.testing import CliRunner, Result

from chassis.identity import TokenVerifier
from enrollctl.__main__ import app
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.key_file import ensure_key_files, read_keys
from support.interrupts import ctrl_c_ends_children
from support.waiting import PATIENCE_SECONDS, eventually

UNION = "6f1f2d52-6d0e-4f0e-9a57-0d4b9f0f3a11"
COMMANDS = ["up", "down", "status", "migrate", "token", "lag", "backup", "restore", "rebuild", "resume"]
GROUPS = {
    "topics": ["list", "tail"],
    "dead-letters": ["list", "groups", "show", "edit", "replay", "discard"],
    "jobs": ["list", "retry", "abandon"],
    "audit": ["verify", "head"],
    "evidence": ["export", "verify", "public-key", "list-key", "person"],
    "maintenance": ["show", "open"],
    "databases": ["list", "bring-back", "drop"],
}
LEAVES = [[one] for one in COMMANDS] + [[group, one] for group, names in GROUPS.items() for one in names]


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--dir", str(folder), *words], env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_help_names_every_command_and_every_exit_code(tmp_path: Path):
    text = run(tmp_path, "--help").stdout
    for name in (*COMMANDS, *GROUPS):
        assert name in text
    for code in (
        "0 done",
        "1 a check or command failed",
        "2 wrong use",
        "3 no stack runs",
        "4 a component is unhealthy",
    ):
        assert code in text


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_explains_itself_and_offers_json(tmp_path: Path, words: list[str]):
    result = run(tmp_path, *words, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["down"],
        ["lag"],
        ["migrate"],
        ["topics", "list"],
        ["topics", "tail", "members.batches.v1"],
        ["dead-letters", "list"],
        ["dead-letters", "replay", "member-svc", "1"],
        ["dead-letters", "groups"],
        ["jobs", "list"],
        ["audit", "verify"],
        ["audit", "head"],
        ["evidence", "export", "--batch", "CB202405100001", "--to", "pack.zip"],
        ["evidence", "public-key"],
        ["maintenance", "show"],
        ["maintenance", "open", "--reason", "r"],
        ["resume", "member-svc"],
        ["person"],
        ["backup", "somewhere"],
        ["restore", "somewhere", "--yes"],
        ["rebuild", "member-svc"],
        ["databases", "list"],
        ["databases", "bring-back", "member-svc"],
        ["databases", "drop", "member_svc_before_rebuild_20240510000000", "--yes"],
        ["token", "--account", "a", "--role", "handler"],
    ],
    ids=" ".join,
)
def test_without_a_stack_the_exit_code_is_three(tmp_path: Path, words: list[str]):
    result = run(tmp_path, *words)
    assert result.exit_code == 3
    assert "enrollctl up" in result.stderr or "no stack runs" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["topics", "tail"],
        ["topics", "tail", "no.such.topic"],
        ["token", "--account", "a", "--role", "king"],
        ["token", "--account", "a", "--role", "handler", "--union", "not-a-uuid"],
        ["migrate", "no-such-svc"],
        ["dead-letters", "discard", "member-svc", "1"],
        ["dead-letters", "replay", "member-svc"],
        ["dead-letters", "replay", "member-svc", "1", "--group", "abc"],
        ["dead-letters", "edit", "member-svc", "1", "--reason", "r"],
        ["jobs", "retry", "member-svc"],
        ["rebuild", "no-such-svc"],
        ["databases", "bring-back", "no-such-svc"],
        ["maintenance", "open"],
        ["resume"],
        ["jobs", "abandon", "member-svc", "not-a-uuid", "--reason", "r"],
        ["jobs", "abandon", "member-svc", "--reason", "r"],
        ["jobs", "list", "--state", "no-such-state"],
        ["jobs", "list", "--service", "no-such-svc"],
        ["audit", "verify", "--service", "no-such-svc"],
        ["audit", "verify", "--anchor", "no-such-file"],
        ["evidence", "export", "--to", "pack.zip"],
        ["evidence", "export", "--batch", "CB202405100001"],
        ["evidence", "verify", "no-such-file", "--public-key", "no-such-file"],
        ["jobs", "retry", "no-such-svc", "--all"],
        ["dead-letters", "list", "--state", "no-such-state"],
        ["dead-letters", "show", "no-such-svc", "1"],
        ["resume", "no-such-svc"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_two(tmp_path: Path, words: list[str]):
    assert run(tmp_path, *words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["rebuild", "no-such-svc"], "simulator"),
        (["migrate", "no-such-svc"], "simulator"),
        (["resume", "no-such-svc"], "member-svc"),
        (["jobs", "list", "--service", "no-such-svc"], "member-svc"),
        (["jobs", "list", "--state", "x"], "held"),
        (["dead-letters", "list", "--state", "x"], "parked"),
    ],
)
def test_a_wrong_name_is_answered_with_the_names_there_are(tmp_path: Path, words: list[str], named: str):
    error = run(tmp_path, *words).stderr
    assert "there are:" in error
    assert named in error


def test_a_command_is_for_the_stack_of_the_project_around_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "deploy/enrollctl").mkdir(parents=True)
    (tmp_path / "deploy/enrollctl/pyproject.toml").touch()
    below = tmp_path / "services/member-svc/src"
    below.mkdir(parents=True)
    monkeypatch.delenv("UE_DIR", raising=False)
    for folder in (tmp_path, below):
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(app, ["status"])
        assert done.exit_code == 3
        assert f"{tmp_path}/.local" in done.stderr.replace("\n", "")


def test_outside_of_a_project_a_command_says_where_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("UE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["status"])
    assert done.exit_code == 2
    assert "is not in a folder of the project" in done.stderr
    assert "--dir PROJECT/.local" in done.stderr
    assert not (tmp_path / ".local").exists()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (KafkaConnectionError("no broker"), "Kafka does not answer"),
        (asyncpg.CannotConnectNowError("starting up"), "PostgreSQL refused"),
        (ConnectionRefusedError(111, "Connection refused"), "PostgreSQL or Kafka does not answer"),
        (OSError(errno.ENOSPC, "No space left on device", "/stack/x"), "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/stack/x"), "/stack/x: Permission denied"),
    ],
)
def test_a_fault_of_the_outside_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
):
    def broken(_: object) -> None:
        raise error

    monkeypatch.setattr("enrollctl.commands.stack.status.Stack", broken)
    done = run(tmp_path, "status")
    assert done.exit_code in (1, 4)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


INTERRUPTED_BEFORE_TYPER_HANDLES_IT = """
import signal
import enrollctl.__main__ as program
from enrollctl.entry import main

program.app = lambda **_: signal.raise_signal(signal.SIGINT)
main()
"""


@pytest.fixture
def unfinished_state(tmp_path: Path) -> Iterator[FileIO]:
    """A stack.json that begins with a blank and has no end: a command that reads it waits for more bytes."""
    os.mkfifo(tmp_path / "stack.json")
    with FileIO(tmp_path / "stack.json", "r+") as fifo:
        fifo.write(b" ")
        yield fifo


def start(*command: str | Path) -> subprocess.Popen[str]:
    with ctrl_c_ends_children():
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def start_status(folder: Path) -> subprocess.Popen[str]:
    return start(Path(sys.executable).with_name("enrollctl"), "--dir", str(folder), "status")


def is_read(fifo: FileIO) -> bool:
    readable, _, _ = select.select([fifo], [], [], 0)
    return not readable


def ends_without_a_traceback(process: subprocess.Popen[str]) -> None:
    _, error = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in error
    assert process.returncode == 130


@pytest.mark.usefixtures("unfinished_state")
@pytest.mark.parametrize("pause", [0.0, 0.3], ids=["while loading", "a little later"])
def test_ctrl_c_ends_a_command_that_loads_without_a_traceback(tmp_path: Path, pause: float):
    process = start_status(tmp_path)
    eventually(lambda: "pydantic_core" in Path(f"/proc/{process.pid}/maps").read_text())
    time.sleep(pause)
    process.send_signal(signal.SIGINT)
    ends_without_a_traceback(process)


def test_ctrl_c_ends_a_command_that_has_just_loaded_without_a_traceback():
    ends_without_a_traceback(start(sys.executable, "-c", INTERRUPTED_BEFORE_TYPER_HANDLES_IT))


def test_ctrl_c_ends_a_command_at_work_without_a_traceback(tmp_path: Path, unfinished_state: FileIO):
    process = start_status(tmp_path)
    eventually(lambda: is_read(unfinished_state))
    # If a signal comes just before a blocking call, Python raises KeyboardInterrupt only after the call.
    eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_SLEEPING)
    process.send_signal(signal.SIGINT)
    ends_without_a_traceback(process)


async def test_a_token_is_one_that_services_accept(tmp_path: Path):
    ensure_key_files(Folders(tmp_path))
    result = run(
        tmp_path, "token", "--account", "li", "--role", "handler", "--union", UNION, "--name", "经办", "--json"
    )
    printed = json.loads(result.stdout)
    principal = await TokenVerifier(read_keys(Folders(tmp_path))).verify(f"Bearer {printed['token']}")
    assert (principal.account, principal.role, str(principal.scope_id)) == ("li", "handler", UNION)


def test_a_token_alone_is_printed_for_the_shell(tmp_path: Path):
    ensure_key_files(Folders(tmp_path))
    text = run(tmp_path, "token", "--account", "ops", "--role", "operator").stdout
    assert text.count(".") == 2
    assert text.endswith("\n")
    assert text.count("\n") == 1


def test_services_get_keys_that_cannot_issue_tokens(tmp_path: Path):
    folders = Folders(tmp_path)
    ensure_key_files(folders)
    kept, given = json.loads(folders.keys.read_text()), json.loads(folders.service_keys.read_text())
    assert kept["token"].pop("private")
    assert given["token"].pop("private") is None
    assert kept == given
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folders.keys, folders.service_keys))


def test_keys_outlive_every_later_start(tmp_path: Path):
    folders = Folders(tmp_path)
    ensure_key_files(folders)
    before = folders.keys.read_text()
    ensure_key_files(folders)
    assert folders.keys.read_text() == before
