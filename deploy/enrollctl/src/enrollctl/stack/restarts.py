"""The delay before a component that died is started again."""

from dataclasses import dataclass

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
#: If a component ran at least this long before it died, the delay begins again with FIRST_DELAY.
STEADY_AFTER = 60.0


@dataclass(slots=True)
class Restarts:
    """The restarts of one component. The delay is 1 s after the first death. Each further death doubles it, up to 30 s.

    `count`: all deaths. `in_a_row`: the deaths since the component last ran for a minute. `in_a_row` decides the delay.
    """

    count: int = 0
    in_a_row: int = 0

    def delay_after(self, lived: float) -> float:
        """Seconds to wait after a death, given how many seconds the component had run."""
        self.in_a_row = 1 if lived >= STEADY_AFTER else self.in_a_row + 1
        self.count += 1
        # Five doublings already exceed the longest delay. Without this limit, the power would become too large for a
        # float if a component died again and again all night.
        return min(FIRST_DELAY * 2.0 ** min(self.in_a_row - 1, 5), LONGEST_DELAY)
