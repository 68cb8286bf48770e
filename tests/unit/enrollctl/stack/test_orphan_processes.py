"""After the supervisor was killed, enrollctl stops only those processes that certainly belong to the stack."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import psutil
import pytest
from unit.enrollctl.stack.stand_in_parts import StandIn

from enrollctl.errors import Failure
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.stack.orphan_processes import orphans, stop_orphans
from enrollctl.stack.startup import AlreadyRunning, sole_supervisor
from enrollctl.stack.state import ComponentState, StackState, load_state
from enrollctl.terminal.progress import no_progress
from enrollctl.workspace.folders import Folders


@pytest.fixture
def process(tmp_path: Path) -> Iterator["Popen[bytes]"]:
    one = StandIn(tmp_path).launch()
    yield one
    one.kill()
    one.wait()


@pytest.fixture
def nobody(tmp_path: Path) -> ProcessIdentity:
    """A process that has ended."""
    one = StandIn(tmp_path, "pass").launch()
    identity = ProcessIdentity.of(one.pid)
    one.wait()
    return identity


def state(supervisor: ProcessIdentity, *parts: ComponentState) -> StackState:
    return StackState(
        supervisor=supervisor,
        started_at=datetime.now(UTC),
        kafka_port=1,
        controller_port=2,
        postgres_port=3,
        parts=list(parts),
    )


def part(identity: ProcessIdentity | None, kind: str = "service") -> ComponentState:
    return ComponentState(name=kind, kind=kind, port=1, process=identity)


def test_a_service_left_behind_is_stopped(nobody: ProcessIdentity, process: "Popen[bytes]"):
    left = state(nobody, part(ProcessIdentity.of(process.pid)))
    assert stop_orphans(left, no_progress) == 1
    assert process.poll() is not None


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param({"started": 1.0}, id="same pid, started at another time"),
        pytest.param({"command": ("postgres", "-D", "/elsewhere")}, id="same pid, another command"),
    ],
)
def test_a_stranger_under_a_reused_pid_is_left_alone(
    nobody: ProcessIdentity, process: "Popen[bytes]", stranger: dict[str, object]
):
    remembered = ProcessIdentity.of(process.pid).model_copy(update=stranger)
    assert stop_orphans(state(nobody, part(remembered)), no_progress) == 0
    assert process.poll() is None


def test_nothing_is_touched_while_the_supervisor_lives(process: "Popen[bytes]"):
    alive = state(ProcessIdentity.of(os.getpid()), part(ProcessIdentity.of(process.pid)))
    assert alive.is_live()
    assert stop_orphans(alive, no_progress) == 0
    assert process.poll() is None


def test_leftovers_are_stopped_services_first_and_postgres_last(nobody: ProcessIdentity, process: "Popen[bytes]"):
    identity = ProcessIdentity.of(process.pid)
    left = state(nobody, *(part(identity, kind) for kind in ("postgres", "service", "kafka")))
    assert [one.kind for one, _ in orphans(left)] == ["service", "kafka", "postgres"]


def test_a_zombie_does_not_count_as_running(tmp_path: Path):
    process = StandIn(tmp_path, "pass").launch()
    identity = ProcessIdentity.of(process.pid)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert identity.find() is None
    process.wait()


def test_the_state_is_read_back_as_it_was_written(tmp_path: Path):
    folders = Folders(tmp_path)
    assert load_state(folders) is None
    written = state(ProcessIdentity.of(os.getpid()), part(None))
    written.save(folders)
    assert load_state(folders) == written
    assert folders.state.stat().st_mode & 0o077 == 0


def test_the_state_of_another_version_is_not_guessed_at(tmp_path: Path):
    folders = Folders(tmp_path)
    folders.state.write_text('{"format": 99}')
    with pytest.raises(Failure, match="another version"):
        load_state(folders)


def test_a_folder_has_one_supervisor_at_a_time(tmp_path: Path):
    with sole_supervisor(Folders(tmp_path)), pytest.raises(AlreadyRunning), sole_supervisor(Folders(tmp_path)):
        pass
    with sole_supervisor(Folders(tmp_path)):
        pass
