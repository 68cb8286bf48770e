"""The health of a process: the heartbeats of its loops, and the reasons why it is not ready."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

STUCK_AFTER_S = 60.0


@dataclass
class HealthState:
    """Liveness fails only if a loop has not ticked for 60 s although Kafka and PostgreSQL answer
    (docs/operating-faults.md).

    A loop calls `tick` when it has done its work or has none to do. For 60 s after a report that Kafka or PostgreSQL
    does not answer (`trouble`), no loop counts as stuck. While an outage lasts, it is reported again and again. After a
    report the process is not ready until `recovered` is called, even if the report is older than 60 s.
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
        """Stop watching the loop, because it ended on purpose."""
        self._ticks.pop(loop, None)

    def trouble(self, part: str, reason: str) -> bool:
        """Report that Kafka or PostgreSQL does not answer: the process is not ready, and no loop counts as stuck.

        Returns whether this is the first report of the outage.
        """
        is_first = part not in self._trouble
        self._trouble[part] = (reason, self.clock())
        return is_first

    def recovered(self, part: str) -> bool:
        """Report that Kafka or PostgreSQL answers. If this ends an outage, each loop again has 60 s for its next tick.

        Returns whether an outage has ended.
        """
        if self._trouble.pop(part, None) is None:
            return False
        self._ticks = dict.fromkeys(self._ticks, self.clock())
        return True

    def waits_for(self, part: str, reason: str) -> None:
        """Set a reason why the process is not ready; `part` names it.

        Unlike after `trouble`, a loop can still count as stuck.
        """
        self._waiting[part] = reason

    def has(self, part: str) -> None:
        """Remove the reason that `waits_for` has set for `part`."""
        self._waiting.pop(part, None)

    def stuck(self) -> dict[str, str]:
        """The stuck loops, each with the time since its last tick."""
        now = self.clock()
        if any(now - reported_at <= self.stuck_after_s for _, reported_at in self._trouble.values()):
            return {}
        late = {loop: now - at for loop, at in self._ticks.items() if now - at > self.stuck_after_s}
        return {loop: f"no tick for {seconds:.0f} s" for loop, seconds in late.items()}

    def unready(self) -> dict[str, str]:
        """The reasons why the process is not ready. Empty if the process is ready."""
        return self._waiting | {part: reason for part, (reason, _) in self._trouble.items()}
