"""Ctrl-C while a demo starts: there is no traceback, the exit code is 130, and no process is left."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from support.interrupts import ctrl_c_ends_children

COMMAND = [sys.executable, "-c", "from enrollctl.entry import main; main()"]


def interrupted(folder: Path, after_s: float) -> tuple[int, str]:
    command = [*COMMAND, "--dir", str(folder), "demo", "--rows", "200"]
    with ctrl_c_ends_children():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(after_s)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    return process.returncode, told


def running(folder: Path) -> list[str]:
    commands = (" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    return [command for command in commands if str(folder) in command]


@pytest.mark.parametrize("after_s", [0.3, 1.0, 5.0])
def test_a_demo_that_is_interrupted_while_it_starts_leaves_nothing(tmp_path: Path, after_s: float):
    code, told = interrupted(tmp_path / "stack", after_s)
    assert (code, "Traceback" in told) == (130, False)
    assert running(tmp_path / "stack") == []
