"""The delay before a component that died is started again."""

from dataclasses import dataclass

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
#: A component that ran this long was healthy; after its next death the first delay is used again.
STEADY_AFTER = 60.0


@dataclass(slots=True)
class Restarts:
    """The restarts of one component: 1 s after the first death, doubled up to 30 s, 1 s after a healthy minute."""

    count: int = 0
    in_a_row: int = 0

    def delay_after(self, lived: float) -> float:
        """Seconds to wait after a death, given how many seconds the component had run."""
        self.in_a_row = 1 if lived >= STEADY_AFTER else self.in_a_row + 1
        self.count += 1
        # The fifth doubling exceeds the longest delay; without this limit the float could overflow over a long night.
        return min(FIRST_DELAY * 2.0 ** min(self.in_a_row - 1, 5), LONGEST_DELAY)
