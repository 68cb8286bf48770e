"""What scripts rely on: help, JSON and exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chassis.principal import TokenVerifier
from enrollctl.__main__ import app
from enrollctl.folders import Folders
from enrollctl.key_file import ensure_key_files, read_keys

UNION = "6f1f2d52-6d0e-4f0e-9a57-0d4b9f0f3a11"
COMMANDS = ["up", "down", "status", "migrate", "token", "lag", "backup", "restore", "rebuild", "resume"]
GROUPS = {
    "topics": ["list", "tail"],
    "dead-letters": ["list", "groups", "show", "edit", "replay", "discard"],
    "outbound": ["list", "retry", "abandon"],
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
    for code in ("0 done", "1 a check or command failed", "2 wrong use", "3 no stack runs", "4 a part is unhealthy"):
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
        ["outbound", "list"],
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
        ["outbound", "retry", "member-svc"],
        ["rebuild", "no-such-svc"],
        ["databases", "bring-back", "no-such-svc"],
        ["maintenance", "open"],
        ["resume"],
        ["outbound", "abandon", "member-svc", "not-a-uuid", "--reason", "r"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_two(tmp_path: Path, words: list[str]):
    assert run(tmp_path, *words).exit_code == 2


def test_a_token_is_one_that_services_accept(tmp_path: Path):
    ensure_key_files(Folders(tmp_path))
    result = run(
        tmp_path, "token", "--account", "li", "--role", "handler", "--union", UNION, "--name", "经办", "--json"
    )
    printed = json.loads(result.stdout)
    principal = TokenVerifier(read_keys(Folders(tmp_path))).verify(f"Bearer {printed['token']}")
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
