"""A restore migrates the databases of all services at the same time, after all of them are loaded."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from enrollctl.backup import restore
from enrollctl.backup.restore import Restore
from enrollctl.errors import Failure
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.terminal.progress import no_progress

#: Exits with 0 as soon as the migrations of all services have begun, and with 1 if they do not begin in time.
MEET = """
import pathlib, sys, time
folder, name, count = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
(folder / name).touch()
deadline = time.monotonic() + 60
while len(list(folder.iterdir())) < count:
    if time.monotonic() > deadline:
        sys.exit(1)
    time.sleep(0.02)
"""


class Migration:
    """A stand-in for a service. Its migrations run `code`."""

    def __init__(self, name: str, log: Path, code: str, *arguments: str) -> None:
        self.name, self.log = name, log
        self._command = [sys.executable, "-c", code, *arguments]

    def migrate(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services whose databases the restore has loaded so far. No data are really loaded."""
    found: list[str] = []

    def load(_: object, spec: ServiceSpec, *__: object) -> str:
        found.append(spec.name)
        return f"postgresql:///{spec.database}"

    monkeypatch.setattr(restore, "load", load)
    return found


def load_all(tmp_path: Path, migration_of: Callable[[ServiceSpec], Migration]) -> None:
    """Load all databases on a stack in which `migration_of` gives the process of each service."""
    manifest: Any = SimpleNamespace(databases={spec.name: SimpleNamespace(path="x") for spec in SERVICES})
    stack: Any = SimpleNamespace(process_of=lambda spec, database: migration_of(spec))
    Restore(stack, tmp_path, no_progress)._load(manifest, list(SERVICES))


def test_all_databases_are_migrated_at_the_same_time(loaded: list[str], tmp_path: Path):
    begun = tmp_path / "begun"
    begun.mkdir()
    load_all(
        tmp_path,
        lambda spec: Migration(spec.name, tmp_path / "log", MEET, str(begun), spec.name, str(len(SERVICES))),
    )
    assert loaded == [spec.name for spec in SERVICES]


def test_one_migration_that_fails_is_named(loaded: list[str], tmp_path: Path):
    (tmp_path / "log").write_text("no such column")
    code = {spec.name: "" for spec in SERVICES} | {"review-svc": "raise SystemExit(3)"}
    with pytest.raises(Failure, match=r"the migrations of review-svc failed[^:]*; the end of .*\n.*no such column"):
        load_all(tmp_path, lambda spec: Migration(spec.name, tmp_path / "log", code[spec.name]))
