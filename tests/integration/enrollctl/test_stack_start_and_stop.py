"""A whole stack of stand-in services is started, damaged, resumed and stopped."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from typer.testing import CliRunner

from enrollctl.__main__ import app
from enrollctl.errors import NoStackRunning
from enrollctl.stack.stack import Stack
from enrollctl.stack.stack_plan import StackPlan, assemble
from enrollctl.stack.state import Phase, load_state
from enrollctl.workspace.folders import Folders
from support.waiting import eventually

Begin = Callable[..., Stack]
SCRIPT = Path(__file__).with_name("stand_in_stack.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "stack"


@pytest.fixture
def begin(folder: Path) -> Iterator[Begin]:
    """Start a supervisor and wait until it says that the stack runs. At the end, the fixture stops every process that
    is left."""
    supervisors: list[subprocess.Popen[bytes]] = []

    def one() -> Stack:
        with (folder.parent / "output").open("ab") as output:
            supervisors.append(
                subprocess.Popen([sys.executable, str(SCRIPT), str(folder)], stdout=output, stderr=output)
            )
        eventually(lambda: supervisors[-1].poll() is not None or is_running(folder, supervisors[-1].pid), 120)
        assert supervisors[-1].poll() is None, (folder.parent / "output").read_text()
        return Stack.attach(folder)

    yield one
    for supervisor in supervisors:
        supervisor.poll()
    Stack(Folders(folder)).stop()
    for supervisor in supervisors:
        supervisor.wait(60)


def is_running(folder: Path, pid: int) -> bool:
    state = load_state(Folders(folder))
    return state is not None and state.supervisor.pid == pid and state.phase is Phase.RUNNING


def pids(stack: Stack) -> dict[str, int | None]:
    return {part.name: part.pid for part in stack.report()}


def all_ready(stack: Stack) -> bool:
    return all(part.ready for part in stack.report())


def migrations(stack: Stack, service: str) -> int:
    async def count() -> int:
        connection = await asyncpg.connect(stack.database_url(service))
        try:
            return int(await connection.fetchval("SELECT count(*) FROM migrations"))
        finally:
            await connection.close()

    return asyncio.run(count())


def kill(pid: int | None) -> None:
    # os.kill with the pid 0 would kill this test's own process group.
    assert pid
    os.kill(pid, signal.SIGKILL)


def test_a_stack_lives_is_hurt_and_goes_on_with_its_data(begin: Begin, folder: Path):
    stack = begin()
    assert all_ready(stack)
    assert migrations(stack, "first-svc") == 1
    told = httpx.get(stack.url("first-svc") + "/health/ready", timeout=60, trust_env=False).json()
    assert told["clock"] == str(stack.folders.clock)

    # A killed service, broker and database start again by themselves, on the same ports.
    before, addresses = pids(stack), (stack.urls, stack.kafka_bootstrap, stack.admin_database_url)
    hurt = ("first-svc", "kafka", "postgres")
    for name in hurt:
        kill(before[name])
    eventually(lambda: all(pids(stack)[name] not in (None, before[name]) for name in hurt))
    eventually(lambda: all_ready(stack))
    assert pids(stack)["second-svc"] == before["second-svc"]
    assert (stack.urls, stack.kafka_bootstrap, stack.admin_database_url) == addresses

    # A killed supervisor leaves all processes running; the next supervisor adopts them.
    left = pids(stack)
    kill(stack.state().supervisor.pid)
    eventually(lambda: no_stack(folder))
    assert all(psutil.pid_exists(pid) for pid in left.values() if pid)
    stack = begin()
    assert not set(left.values()) & set(pids(stack).values())
    assert all_ready(stack)
    assert migrations(stack, "first-svc") == 2

    # `down` stops every process.
    last = pids(stack)
    stack.stop()
    assert no_stack(folder)
    eventually(lambda: not any(is_alive(pid) for pid in last.values()))


def no_stack(folder: Path) -> bool:
    try:
        Stack.attach(folder)
    except NoStackRunning:
        return True
    return False


def is_alive(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_commands_on_a_bare_stack_say_what_scripts_need(folder: Path):
    def run(*words: str):
        return CliRunner().invoke(app, ["--dir", str(folder), *words])

    try:
        started = run("up", "--bare", "--detach", "--json")
        assert started.exit_code == 0, started.stderr
        assert json.loads(started.stdout)["ready"] is True
        assert run("up", "--bare", "--detach").exit_code == 0
        assert run("up", "--bare").exit_code == 1
        assert run("up", "--demo", "--detach").exit_code == 1
        parts = json.loads(run("status", "--json").stdout)["parts"]
        assert {part["name"] for part in parts} == {"kafka", "postgres"}
        topics = json.loads(run("topics", "list", "--json").stdout)
        assert all(topic["exists"] and topic["partitions"] == 12 for topic in topics)
        assert {row["lag"] for row in json.loads(run("lag", "--json").stdout)} == {0, None}
        assert run("lag", "--max", "0").exit_code == 0
    finally:
        ended = run("down", "--json")
    assert json.loads(ended.stdout) == {"stopped": True}
    assert run("status").exit_code == 3


def test_ctrl_c_during_a_start_ends_everything_quietly_and_the_next_start_keeps_the_ports(folder: Path):
    command = [Path(sys.executable).with_name("enrollctl"), "--dir", str(folder), "up", "--bare"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    eventually(lambda: load_state(Folders(folder)) is not None)
    chosen = load_state(Folders(folder))
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in error
    state = load_state(Folders(folder))
    assert chosen is not None
    assert state is not None
    assert state.phase is Phase.STOPPED
    assert not any(part.process for part in state.parts)
    assert assemble(StackPlan(Folders(folder), bare=True), state).ports == chosen.ports


def test_a_service_that_cannot_start_ends_the_start_and_leaves_nothing_running(folder: Path):
    done = subprocess.run(
        [
            sys.executable,
            str(SCRIPT),
            str(folder),
            "-c",
            "import sys; sys.exit('no such thing' if sys.argv[1:] else 7)",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode != 0
    state = load_state(Folders(folder))
    assert state is not None
    assert state.phase is Phase.FAILED
    assert state.failure is not None
    assert "the migrations of" in state.failure
    assert "no such thing" in state.failure
    assert not any(part.process for part in state.parts)
