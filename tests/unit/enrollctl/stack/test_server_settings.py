"""A plan of a stack can change settings of Kafka and PostgreSQL."""

from pathlib import Path

import pytest

from enrollctl.embedded import jars
from enrollctl.stack.stack_plan import Components, StackPlan, assemble
from enrollctl.workspace.folders import Folders


def components(root: Path, **settings: dict[str, str]) -> Components:
    folders = Folders(root)
    folders.make()
    return assemble(StackPlan(folders, bare=True, **settings), None)  # type: ignore[arg-type]


def broker_settings(parts: Components, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings that the broker would read. This function creates `meta.properties`, so that `prepare` does not
    format the storage, and replaces the class path, so that no jar is needed.
    """
    monkeypatch.setattr(jars, "class_path", lambda _: [])
    (parts.kafka.folder / "data").mkdir(parents=True)
    (parts.kafka.folder / "data" / "meta.properties").touch()
    parts.kafka.prepare()
    lines = (parts.kafka.folder / "server.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_broker_of_a_local_stack_creates_no_topic_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert broker_settings(components(tmp_path), monkeypatch)["auto.create.topics.enable"] == "false"


def test_a_plan_changes_a_setting_of_the_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    parts = components(tmp_path, kafka_settings={"auto.create.topics.enable": "true"})
    assert broker_settings(parts, monkeypatch)["auto.create.topics.enable"] == "true"


def test_a_plan_adds_a_setting_of_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    parts = components(tmp_path, postgres_settings={"track_commit_timestamp": "on"})
    commands: list[list[str]] = []
    monkeypatch.setattr("enrollctl.processes.processes.start", lambda command, **_: commands.append(command))
    parts.postgres.launch()
    assert "-ctrack_commit_timestamp=on" in commands[0]
    assert "-cfsync=on" in commands[0]
