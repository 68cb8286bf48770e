"""A rebuild is refused while the database holds data. With `--yes` it sets the old database aside, and a bring-back
puts that database into use again. Both commands are also killed at several of their steps.

A test kills a command when the command sends its nth progress message. A rebuild sends these messages:

- 1: the service will be stopped
- 2: the new database will be created; 3: it is created
- 4: the topics will be read; 5: they are read
- 6: both databases will be renamed, so that the new one replaces the old one; 7: they are renamed
- 8: the service will be started

A bring-back sends the same messages, but its new database is a copy of the one that was set aside. In these tests the
copy lacks no records, so no topics are read, and the messages about topics are left out. So message 4 says that the
databases will be renamed, and message 5 says that they are renamed.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from integration.enrollctl.stand_in_stack import specs

from enrollctl.backup.bring_back import BringBack
from enrollctl.backup.database_exchange import unfinished
from enrollctl.backup.rebuild import RebuildOfService
from enrollctl.backup.set_aside import set_aside, unfinished_databases
from enrollctl.errors import Failure
from enrollctl.stack.paused_services import paused_services
from enrollctl.stack.stack import Stack
from enrollctl.stack.state import Phase, load_state
from enrollctl.terminal.progress import no_progress
from enrollctl.workspace.folders import Folders
from support.waiting import eventually

HERE = Path(__file__).parent
SPECS = specs()
SPEC = SPECS[0]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("exchanges") / "stack"
    with (folder.parent / "output").open("ab") as output:
        command = [sys.executable, str(HERE / "stand_in_stack.py"), str(folder)]
        supervisor = subprocess.Popen(command, stdout=output, stderr=output)

    def is_up() -> bool:
        state = load_state(Folders(folder))
        return supervisor.poll() is not None or (state is not None and state.phase is Phase.RUNNING)

    eventually(is_up, 120)
    yield Stack.attach(folder)
    supervisor.send_signal(signal.SIGTERM)
    supervisor.wait(60)


def execute(stack: Stack, statement: str) -> Any:
    async def fetch() -> Any:
        connection = await asyncpg.connect(stack.database_url(SPEC.name))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def own(stack: Stack, word: str) -> None:
    """Write this word as the only data of the service."""
    execute(stack, f"WITH gone AS (DELETE FROM owned) INSERT INTO owned VALUES ('{word}')")


def owned(stack: Stack) -> str | None:
    return execute(stack, "SELECT word FROM owned")


def rebuild(stack: Stack, *, yes: bool) -> dict[str, Any]:
    return RebuildOfService(stack, SPEC, None, no_progress).run(yes=yes)


def bring_back(stack: Stack, name: str | None = None) -> dict[str, Any]:
    return BringBack(stack, SPEC, no_progress).run(name, yes=False)


def kill_at(stack: Stack, command: str, nth: int) -> None:
    words = [str(HERE / "killed_exchange.py"), str(stack.folders.root), SPEC.name, command, str(nth)]
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1])}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr


def assert_sound(stack: Stack) -> None:
    assert paused_services(stack.folders) == set()
    assert unfinished(stack.folders, SPEC.name) is None
    assert asyncio.run(unfinished_databases(stack.admin_database_url, SPEC)) == []
    eventually(lambda: all(part.ready for part in stack.report()))


def test_a_database_with_data_is_not_touched_without_yes_and_the_loss_is_counted(stack: Stack):
    own(stack, "precious")
    with pytest.raises(Failure, match=r"(?s)first-svc is not lost.*owned 1.*--yes.*databases bring-back first-svc"):
        rebuild(stack, yes=False)
    assert owned(stack) == "precious"
    assert_sound(stack)


def test_what_a_rebuild_set_aside_comes_back_and_what_that_set_aside_too(stack: Stack):
    own(stack, "precious")
    kept = rebuild(stack, yes=True)["set_aside"]
    assert owned(stack) is None
    own(stack, "newer")
    report = bring_back(stack)
    assert (report["brought_back"], owned(stack)) == (kept, "precious")
    bring_back(stack, report["set_aside"])
    assert owned(stack) == "newer"
    assert_sound(stack)


def test_a_lost_database_needs_no_yes(stack: Stack):
    async def drop() -> None:
        connection = await asyncpg.connect(stack.admin_database_url)
        try:
            await connection.execute(f'DROP DATABASE "{SPEC.database}" WITH (FORCE)')
        finally:
            await connection.close()

    asyncio.run(drop())
    assert rebuild(stack, yes=False)["set_aside"] is None
    assert_sound(stack)


@pytest.mark.parametrize("nth", [3, 6, 8])
def test_a_killed_rebuild_is_run_again(stack: Stack, nth: int):
    own(stack, f"of {nth}")
    kill_at(stack, "rebuild", nth)
    rebuild(stack, yes=True)
    assert owned(stack) is None
    assert_sound(stack)
    bring_back(stack)
    assert owned(stack) == f"of {nth}"


@pytest.mark.parametrize("nth", [1, 4, 6, 7])
def test_a_killed_rebuild_is_undone(stack: Stack, nth: int):
    own(stack, f"of {nth}")
    kill_at(stack, "rebuild", nth)
    bring_back(stack)
    assert owned(stack) == f"of {nth}"
    assert_sound(stack)


@pytest.mark.parametrize("nth", [3, 5])
def test_a_killed_bring_back_is_run_again(stack: Stack, nth: int):
    own(stack, f"of {nth}")
    rebuild(stack, yes=True)
    kill_at(stack, "bring-back", nth)
    bring_back(stack)
    assert owned(stack) == f"of {nth}"
    assert_sound(stack)


def test_what_was_set_aside_is_listed_with_why(stack: Stack):
    own(stack, "precious")
    kept = rebuild(stack, yes=True)["set_aside"]
    newest = asyncio.run(set_aside(stack.admin_database_url, SPECS))[0]
    assert (newest.name, newest.service, newest.reason) == (kept, SPEC.name, "rebuild")
