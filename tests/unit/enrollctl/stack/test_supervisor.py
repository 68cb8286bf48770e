"""The supervisor restarts a process that dies, and stops all processes in order."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unit.enrollctl.stack.stand_in_parts import DEAF, DIE, StandIn

from enrollctl.stack import supervisor as supervision
from enrollctl.stack.supervisor import Supervisor, Watched, wait_until_ready
from support.waiting import eventually

Make = Callable[..., StandIn]


@pytest.fixture
def changes() -> list[int]:
    return []


@pytest.fixture
def supervisor(changes: list[int]) -> Iterator[Supervisor]:
    one = Supervisor(lambda: changes.append(1))
    yield one
    one.stop_all()


def test_a_part_that_was_killed_comes_back_under_a_new_pid(supervisor: Supervisor, tmp_path: Path):
    watched = supervisor.add(StandIn(tmp_path))
    first = watched.process.pid
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        supervisor.tick()
        return watched.process.pid != first

    eventually(is_back)
    assert watched.process.poll() is None
    assert supervisor.states()[0].restarts == 1


def test_a_dead_part_waits_for_its_delay(supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    part = StandIn(tmp_path, DIE)
    watched = supervisor.add(part)
    watched.process.wait()
    now = time.monotonic()
    monkeypatch.setattr(supervision.time, "monotonic", lambda: now)
    supervisor.tick()
    supervisor.tick()
    assert part.launches == 1
    assert supervisor.states()[0].process is None
    monkeypatch.setattr(supervision.time, "monotonic", lambda: now + 1.01)
    supervisor.tick()
    assert part.launches == 2


def test_a_paused_component_stays_stopped_and_starts_again_when_it_resumes(tmp_path: Path):
    held: set[str] = set()
    supervisor = Supervisor(lambda: None, lambda: held)
    part = StandIn(tmp_path)
    watched = supervisor.add(part)
    held.add(part.name)
    for _ in range(3):
        supervisor.tick()
    assert watched.process.poll() is not None
    assert (part.launches, supervisor.states()[0].process, supervisor.states()[0].restarts) == (1, None, 0)
    held.clear()
    supervisor.tick()
    assert (part.launches, watched.process.poll()) == (2, None)
    supervisor.stop_all()


def test_components_that_are_paused_together_stop_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """If they stopped one after another, six services would take six times as long."""
    groups: list[list[str]] = []
    stop = supervision._stop_together

    def noted(group: list[Watched]) -> None:
        groups.append([one.part.name for one in group])
        stop(group)

    monkeypatch.setattr(supervision, "_stop_together", noted)
    supervisor = Supervisor(lambda: None, lambda: {"first", "second"})
    watched = [supervisor.add(StandIn(tmp_path, name=name)) for name in ("first", "second", "third")]
    supervisor.tick()
    assert groups[0] == ["first", "second"]
    assert [one.process.poll() is None for one in watched] == [False, False, True]
    supervisor.stop_all()


def test_every_start_and_death_reaches_the_state_file_at_once(
    supervisor: Supervisor, changes: list[int], tmp_path: Path
):
    watched = supervisor.add(StandIn(tmp_path, DIE))
    assert len(changes) == 1
    watched.process.wait()
    supervisor.tick()
    assert len(changes) == 2


def test_services_end_before_kafka_and_kafka_before_postgres(tmp_path: Path):
    alive_at: list[list[str]] = []
    supervisor = Supervisor(lambda: alive_at.append([one.part.name for one in supervisor.watched]))
    for kind in ("postgres", "kafka", "service"):
        supervisor.add(StandIn(tmp_path, name=kind, kind=kind))
    processes = [one.process for one in supervisor.watched]
    alive_at.clear()
    supervisor.stop_all()
    assert alive_at == [["postgres", "kafka"], ["postgres"], []]
    assert all(process.poll() is not None for process in processes)


def test_a_part_that_ignores_the_request_is_killed_after_its_grace(supervisor: Supervisor, tmp_path: Path):
    part = StandIn(tmp_path, DEAF, grace=0.2)
    process = supervisor.add(part).process
    eventually(lambda: "deaf" in part.log.read_text())
    supervisor.stop_all()
    assert process.returncode == -signal.SIGKILL


def test_a_part_waiting_for_its_restart_is_not_started_by_the_stop(supervisor: Supervisor, tmp_path: Path):
    part = StandIn(tmp_path, DIE)
    supervisor.add(part).process.wait()
    supervisor.tick()
    supervisor.stop_all()
    assert part.launches == 1
    assert supervisor.states() == []


def test_waiting_names_the_parts_that_were_not_ready_in_time(tmp_path: Path):
    late = StandIn(tmp_path, name="late")
    late.reasons_not_ready = lambda: ["database: away"]  # type: ignore[method-assign]
    ready: list[str] = []
    left = wait_until_ready([StandIn(tmp_path), late], 0.3, lambda: None, lambda part: ready.append(part.name))
    assert left == {"late": ["database: away"]}
    assert ready == ["stand-in"]
