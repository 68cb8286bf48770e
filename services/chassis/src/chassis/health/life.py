"""Heartbeats of the loops, and what readiness waits for."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

STUCK_AFTER_S = 60.0


@dataclass
class Life:
    """Liveness fails only for a loop that has not ticked for 60 s while nothing outside is failing (ADR 0002).

    A tick means progress: a turn that ended well, or nothing to do. Trouble outside counts as long as it is told
    again; what was told once and never taken back must not hide a loop that stands still.
    """

    clock: Callable[[], float] = time.monotonic
    stuck_after_s: float = STUCK_AFTER_S
    _ticks: dict[str, float] = field(default_factory=dict)
    _trouble: dict[str, tuple[str, float]] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def tick(self, loop: str) -> None:
        self._ticks[loop] = self.clock()

    def ended(self, loop: str) -> None:
        """The loop stopped on purpose."""
        self._ticks.pop(loop, None)

    def trouble(self, part: str, reason: str) -> bool:
        """Something outside fails: not ready, and no loop is blamed for standing still. True where it is news."""
        news = part not in self._trouble
        self._trouble[part] = (reason, self.clock())
        return news

    def recovered(self, part: str) -> bool:
        """It answers again, and the loops get their time anew. True where it is news."""
        if self._trouble.pop(part, None) is None:
            return False
        self._ticks = dict.fromkeys(self._ticks, self.clock())
        return True

    def waits_for(self, part: str, reason: str) -> None:
        """Not ready yet, or on purpose."""
        self._waiting[part] = reason

    def has(self, part: str) -> None:
        self._waiting.pop(part, None)

    def stuck(self) -> dict[str, str]:
        """Loops to blame, with how long they have stood."""
        now = self.clock()
        if any(now - told <= self.stuck_after_s for _, told in self._trouble.values()):
            return {}
        late = {loop: now - at for loop, at in self._ticks.items() if now - at > self.stuck_after_s}
        return {loop: f"no tick for {seconds:.0f} s" for loop, seconds in late.items()}

    def unready(self) -> dict[str, str]:
        """Why no work should be sent here; empty when ready."""
        return self._waiting | {part: reason for part, (reason, _) in self._trouble.items()}
