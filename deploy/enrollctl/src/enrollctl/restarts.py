"""When a part that died is started again."""

from dataclasses import dataclass

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
#: A part that lived this long was well; its next death starts from the first delay again.
STEADY_AFTER = 60.0


@dataclass(slots=True)
class Restarts:
    """One part's record: 1 s after the first death, doubling to 30 s, from the start again after a steady minute."""

    count: int = 0
    in_a_row: int = 0

    def delay_after(self, lived: float) -> float:
        """Seconds to wait after a death, given how many seconds the part had lived."""
        self.in_a_row = 1 if lived >= STEADY_AFTER else self.in_a_row + 1
        self.count += 1
        # Past the fifth doubling the cap holds anyway, and a float must not overflow over a long night.
        return min(FIRST_DELAY * 2.0 ** min(self.in_a_row - 1, 5), LONGEST_DELAY)
