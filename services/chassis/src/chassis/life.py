"""Heartbeats of the loops, and what readiness waits for."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

STUCK_AFTER_S = 60.0


@dataclass
class Life:
    """Liveness fails only for a loop that has not ticked for 60 s while nothing outside is failing (design §5)."""

    clock: Callable[[], float] = time.monotonic
    _ticks: dict[str, float] = field(default_factory=dict)
    _trouble: dict[str, str] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def tick(self, loop: str) -> None:
        self._ticks[loop] = self.clock()

    def ended(self, loop: str) -> None:
        """The loop stopped on purpose."""
        self._ticks.pop(loop, None)

    def trouble(self, part: str, reason: str) -> None:
        """Something outside fails: not ready, and no loop is blamed for standing still."""
        self._trouble[part] = reason

    def recovered(self, part: str) -> None:
        if self._trouble.pop(part, None) is not None:
            now = self.clock()
            self._ticks = dict.fromkeys(self._ticks, now)

    def waits_for(self, part: str, reason: str) -> None:
        """Not ready yet, or on purpose."""
        self._waiting[part] = reason

    def has(self, part: str) -> None:
        self._waiting.pop(part, None)

    def stuck(self) -> dict[str, str]:
        """Loops to blame, with how long they have stood."""
        if self._trouble:
            return {}
        now = self.clock()
        late = {loop: now - at for loop, at in self._ticks.items() if now - at > STUCK_AFTER_S}
        return {loop: f"no tick for {seconds:.0f} s" for loop, seconds in late.items()}

    def unready(self) -> dict[str, str]:
        """Why no work should be sent here; empty when ready."""
        return self._waiting | self._trouble
