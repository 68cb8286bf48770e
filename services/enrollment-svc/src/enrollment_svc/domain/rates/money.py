"""Money in integer fen, split by who pays it."""

from dataclasses import dataclass


def yuan(fen: int) -> str:
    """The absolute amount in yuan, for messages."""
    return f"{abs(fen) // 100}.{abs(fen) % 100:02d}元"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money as its three shares (F146–F148). The total is computed from the shares, so it always agrees
    with them (D25).
    """

    city_fen: int = 0
    district_fen: int = 0
    unit_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.city_fen + self.district_fen + self.unit_fen

    def times(self, heads: int) -> "Money":
        return Money(self.city_fen * heads, self.district_fen * heads, self.unit_fen * heads)

    def __add__(self, other: "Money") -> "Money":
        return Money(
            self.city_fen + other.city_fen, self.district_fen + other.district_fen, self.unit_fen + other.unit_fen
        )
