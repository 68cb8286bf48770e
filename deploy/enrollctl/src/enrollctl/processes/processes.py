"""Starts, recognizes and ends the processes of a stack."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

#: Two start times that differ by less than this count as equal. psutil computes a start time from the machine's boot
#: time. When the machine's clock is corrected, the boot time changes a little. Then psutil computes another start time
#: for the same process.
START_TOLERANCE_SECONDS = 2.0


class ProcessIdentity(BaseModel):
    """A process, identified so that a later process with the same pid is not mistaken for it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float
    command: tuple[str, ...]

    @classmethod
    def of(cls, pid: int, command: Sequence[str] | None = None) -> "ProcessIdentity":
        """The identity of a running process. Without `command`, psutil reads the command line.

        Give `command` for a process that can die at once, because psutil finds no command line of a dead process.
        """
        process = psutil.Process(pid)
        return cls(pid=pid, started=process.create_time(), command=tuple(command or process.cmdline()))

    def find(self) -> psutil.Process | None:
        """The process if it still runs; None if it ended or if its pid belongs to another process now."""
        try:
            process = psutil.Process(self.pid)
            same = (
                process.status() != psutil.STATUS_ZOMBIE
                and abs(process.create_time() - self.started) < START_TOLERANCE_SECONDS
                and tuple(process.cmdline()) == self.command
            )
        except psutil.Error:
            return None
        return process if same else None


def start(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    user: int | None = None,
    group: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child process in its own session.

    Ctrl-C does not reach the child, so the supervisor can stop its children in the right order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            start_new_session=True,
        )


def end(process: psutil.Process, *, polite: signal.Signals, grace: float, last: signal.Signals) -> None:
    """Send `polite` and wait up to `grace` seconds. If the process still runs, send `last`, then SIGKILL."""
    for number, patience in ((polite, grace), (last, 10.0), (signal.SIGKILL, 10.0)):
        try:
            process.send_signal(number)
            process.wait(patience)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            continue
        return


def raise_file_limit() -> None:
    """Raise the limit of open files. Some systems permit only 1,024, but Kafka opens several files per partition."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < raised:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))


def inherited_environment() -> dict[str, str]:
    """The environment of this process without its `UE_…` settings, except UE_LOG_LEVEL and UE_ANSWERS_RECORD.

    Other settings of the shell, such as UE_CLOCK_FILE, must not reach a service.
    """
    kept = ("UE_LOG_LEVEL", "UE_ANSWERS_RECORD")
    return {name: value for name, value in os.environ.items() if not name.startswith("UE_") or name in kept}


def wait_for_exit(process: subprocess.Popen[bytes], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
