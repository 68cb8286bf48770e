"""Crash points that processes of the pair came up with. Armed is not broken: a point counts once it was reached."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from signal import SIGKILL

#: Exit codes of a process, oldest first, by the name that it has in the pair.
Exits = Callable[[str], Sequence[int]]


@dataclass(slots=True)
class Armed:
    """The `nth` point at which `name` dies; 0 for one that freezes or holds it, which the scenario must see."""

    name: str
    at: str
    nth: int
    reached: bool = False
    awaited: bool = False


class Points:
    """`fault` is called for each point once it was reached."""

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
        """From without: this death is not a point's."""
        self._kills[name] += 1

    def seen(self, name: str) -> None:
        """It is frozen or held, as its point says."""
        self._reach(next(one for one in self._armed if one.name == name and not one.nth and not one.reached))

    def next(self, name: str) -> Armed:
        """The first that nobody has waited for, reached or not."""
        found = next(one for one in self._armed if one.name == name and one.nth and not one.awaited)
        found.awaited = True
        return found

    def waiting(self, name: str = "") -> list[Armed]:
        """Those not reached yet, of one process or of all, oldest first."""
        for one in self._armed:
            if one.nth and not one.reached and self._deaths(one.name) >= one.nth:
                self._reach(one)
        return [one for one in self._armed if not one.reached and name in ("", one.name)]

    def _deaths(self, name: str) -> int:
        return list(self._exits(name)).count(-SIGKILL) - self._kills[name]

    def _reach(self, one: Armed) -> None:
        one.reached = True
        self._fault(f"{one.name} at {one.at}")
