"""Reads the CPU time of process trees. The time of a child that has ended counts too: its parent inherits the time."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import psutil


def tree_seconds(pid: int) -> float:
    """CPU seconds of a process, its running descendants, and their children that have ended."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(map(_seconds, family))


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def differences(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """`after` minus `before`, for each name."""
    return {name: value - before.get(name, 0) for name, value in after.items()}


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    # Linux counts guest time in user time, too.
    return float(sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0))


@dataclass(frozen=True, slots=True)
class MachineTimes:
    """The machine's CPU time so far, and the part of it that this process and its descendants used."""

    at: float
    busy_s: float
    own_s: float

    @classmethod
    def now(cls) -> Self:
        return cls(time.monotonic(), _busy_seconds(), tree_seconds(os.getpid()))

    def others_since(self, before: "MachineTimes") -> float:
        """The share of the machine's CPU time since `before` that other programs used, 0 to 1."""
        available = (self.at - before.at) * (os.cpu_count() or 1)
        others = (self.busy_s - before.busy_s) - (self.own_s - before.own_s)
        return min(max(others / available, 0.0), 1.0) if available > 0 else 0.0
