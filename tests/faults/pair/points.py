"""Tracks the crash points with which processes of the pair were started. A crash point is a place in the code at which
the process dies, freezes or blocks. A crash point counts as a fault as soon as it is reached.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from signal import SIGKILL

#: The name of a process in the pair → the exit codes of its runs, oldest first.
Exits = Callable[[str], Sequence[int]]


@dataclass(slots=True)
class Armed:
    """A crash point of the process `name`. `nth`: 1 if the point causes the first death of the process, 2 for the
    second, and so on; 0 if it freezes or blocks the process.
    """

    name: str
    at: str
    nth: int
    reached: bool = False
    awaited: bool = False


class Points:
    """All crash points of a run. `fault` is called once for each point that was reached."""

    def __init__(self, exits: Exits, fault: Callable[[str], None]) -> None:
        self._exits = exits
        self._fault = fault
        self._armed: list[Armed] = []
        self._kills: Counter[str] = Counter()

    def arm(self, name: str, at: str) -> None:
        deadly = at.count(":") < 2 or at.endswith(":kill")
        before = sum(one.name == name and one.nth > 0 for one in self._armed)
        self._armed.append(Armed(name, at, before + 1 if deadly else 0))

    def killed(self, name: str) -> None:
        """Record a kill by the rig: the death was not caused by a crash point."""
        self._kills[name] += 1

    def seen(self, name: str) -> None:
        """Record that the process is frozen or blocked at its point."""
        self._reach(next(one for one in self._armed if one.name == name and not one.nth and not one.reached))

    def next(self, name: str) -> Armed:
        """The oldest crash point of the process that kills it and that no scenario has awaited yet, reached or not."""
        found = next(one for one in self._armed if one.name == name and one.nth and not one.awaited)
        found.awaited = True
        return found

    def waiting(self, name: str = "") -> list[Armed]:
        """The points that were not reached yet, oldest first. Without `name`: the points of all processes."""
        for one in self._armed:
            if one.nth and not one.reached and self._deaths(one.name) >= one.nth:
                self._reach(one)
        return [one for one in self._armed if not one.reached and name in ("", one.name)]

    def _deaths(self, name: str) -> int:
        return list(self._exits(name)).count(-SIGKILL) - self._kills[name]

    def _reach(self, one: Armed) -> None:
        one.reached = True
        self._fault(f"{one.name} at {one.at}")
