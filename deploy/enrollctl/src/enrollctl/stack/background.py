"""Runs a supervisor in the background: starts it, shows its progress until all components are ready, stops it."""

import collections
import os
import subprocess
import sys
import time
from contextlib import suppress

import psutil

from enrollctl.errors import ComponentUnhealthy
from enrollctl.processes import processes
from enrollctl.stack.startup import AlreadyRunning
from enrollctl.stack.state import Phase, StackState, load_state
from enrollctl.terminal.progress import ProgressCallback, ProgressFile
from enrollctl.workspace.files import last_lines
from enrollctl.workspace.folders import Folders

#: The first start downloads Kafka. The supervisor has shorter limits of its own for each step.
START_SECONDS = 900.0
STOP_SECONDS = 120.0


def start_in_background(
    folders: Folders, *, demo: bool, bare: bool, on_progress: ProgressCallback, seconds: float
) -> None:
    """Start a supervisor and return when every component is ready.

    Raises AlreadyRunning. Raises ComponentUnhealthy in three cases. (1) A component dies repeatedly; the supervisor
    stops the stack. (2) A service exceeds the supervisor's time limit; the stack keeps running, because the service can
    still become ready. (3) The whole start takes longer than `seconds`; the supervisor goes on with the start. Ctrl-C
    stops the supervisor.
    """
    state = load_state(folders)
    if state is not None and state.is_live():
        raise AlreadyRunning(f"a stack already runs in {folders.root}; attach to it, or stop it with `enrollctl down`")
    folders.make()
    progress_file = ProgressFile(folders.progress)
    progress_file.clear()
    supervisor = _spawn(folders, demo=demo, bare=bare)
    try:
        _follow(folders, supervisor, progress_file, on_progress, seconds)
    except KeyboardInterrupt:
        # Ctrl-C does not reach the supervisor, which has its own session. `stop_supervisor` finds a supervisor only by
        # the state file, but this supervisor has possibly not written the file yet.
        _end(supervisor, progress_file, on_progress)
        raise


def _follow(
    folders: Folders,
    supervisor: subprocess.Popen[bytes],
    progress_file: ProgressFile,
    on_progress: ProgressCallback,
    seconds: float,
) -> None:
    deadline = time.monotonic() + seconds
    while not _has_started(folders, supervisor, progress_file, on_progress):
        if time.monotonic() > deadline:
            raise ComponentUnhealthy(f"the stack in {folders.root} is still starting; see {folders.log('supervisor')}")
        time.sleep(0.1)


def _end(supervisor: subprocess.Popen[bytes], progress_file: ProgressFile, on_progress: ProgressCallback) -> None:
    """Stop a supervisor whose start was cancelled, and wait until it has stopped its components."""
    supervisor.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while supervisor.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
        for one in progress_file.read_new():
            on_progress(one)


def stop_supervisor(folders: Folders, on_progress: ProgressCallback) -> bool:
    """Ask the supervisor to stop all components, and wait until it has ended. Returns False if no supervisor runs."""
    state = load_state(folders)
    process = state.supervisor.find() if state is not None else None
    if state is None or process is None:
        return False
    progress_file = ProgressFile(folders.progress)
    collections.deque(progress_file.read_new(), maxlen=0)
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while state.is_live():
        if time.monotonic() > deadline:
            raise ComponentUnhealthy(
                f"the supervisor (pid {process.pid}) does not end; see {folders.log('supervisor')}"
            )
        time.sleep(0.1)
        for one in progress_file.read_new():
            on_progress(one)
    return True


def _spawn(folders: Folders, *, demo: bool, bare: bool) -> subprocess.Popen[bytes]:
    options = ["--demo" if demo else "--no-demo", *(["--bare"] if bare else [])]
    command = [sys.executable, "-m", "enrollctl", "--dir", str(folders.root), "up", "--supervise", *options]
    return processes.start(command, log=folders.log("supervisor"), environment=os.environ)


def _has_started(
    folders: Folders, supervisor: subprocess.Popen[bytes], progress_file: ProgressFile, on_progress: ProgressCallback
) -> bool:
    """Call `on_progress` with new progress; return whether the start is complete. Raises ComponentUnhealthy."""
    ended = supervisor.poll() is not None
    for one in progress_file.read_new():
        on_progress(one)
    state = load_state(folders)
    own_state = state if state is not None and state.supervisor.pid == supervisor.pid else None
    if ended:
        raise ComponentUnhealthy(_why_ended(folders, own_state))
    if own_state is None or own_state.phase is not Phase.RUNNING:
        return False
    if own_state.failure:
        raise ComponentUnhealthy(own_state.failure)
    return True


def _why_ended(folders: Folders, state: StackState | None) -> str:
    if state is not None and state.failure:
        return state.failure
    log = folders.log("supervisor")
    return f"the supervisor ended before the stack was ready. The end of {log}:\n{last_lines(log)}"
