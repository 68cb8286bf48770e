"""Collects the findings of a comparison. A finding is something lost, doubled, out of order, or stuck."""

from dataclasses import dataclass, field
from typing import Literal

Wrong = Literal["lost", "doubled", "out_of_order", "stuck"]
#: How many findings are printed at most; all findings are counted.
SHOWN = 12


@dataclass
class Reconciliation:
    """The number of findings of each kind, and a sentence for each finding. `redelivered` is not a finding: it counts
    records that Kafka delivered again, which is allowed.
    """

    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    stuck: int = 0
    redelivered: int = 0
    findings: list[str] = field(default_factory=list)

    def find(self, wrong: Wrong, what: str, count: int = 1) -> None:
        """Add `count` findings of a kind; nothing if `count` is 0."""
        if count <= 0:
            return
        setattr(self, wrong, getattr(self, wrong) + count)
        self.findings.append(f"{wrong} {count}: {what}")

    def compare(self, what: str, expected: object, found: object) -> None:
        """Compare two figures that must be equal: a smaller one counts as lost, a larger one as doubled."""
        if expected == found:
            return
        if isinstance(expected, int) and isinstance(found, int):
            wrong: Wrong = "lost" if found < expected else "doubled"
            self.find(wrong, f"{what}: {found} of {expected}", abs(expected - found))
        else:
            self.find("lost", f"{what}: {found} is not {expected}")

    def sets(self, what: str, expected: set[str], found: list[str]) -> None:
        """Every expected element must be found exactly once, and no element that is not expected."""
        once = set(found)
        self.find("lost", f"{what}: missing, e.g. {_first(expected - once)}", len(expected - once))
        self.find("doubled", f"{what}: more than once", len(found) - len(once))
        self.find("doubled", f"{what}: nobody asked for, e.g. {_first(once - expected)}", len(once - expected))

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.stuck)

    def add(self, other: "Reconciliation") -> None:
        self.lost += other.lost
        self.doubled += other.doubled
        self.out_of_order += other.out_of_order
        self.stuck += other.stuck
        self.redelivered += other.redelivered
        self.findings += other.findings

    def figures(self) -> str:
        return (
            f"lost={self.lost} doubled={self.doubled} out_of_order={self.out_of_order} stuck={self.stuck} "
            f"redelivered={self.redelivered}"
        )


def _first(of: set[str]) -> str:
    return min(of, default="-")
