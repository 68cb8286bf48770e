"""Compares the figures of two stores, key by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrollctl.reconciliation.comparisons import Comparison

#: Key → the figures of a store for this key. Messages show one number: the sum of the first figures of all keys.
Figures = Mapping[str, tuple[Any, ...]]
#: The message about two stores that differ names at most this many keys.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """`one` and `other` are the totals of the two stores; `keys` are the keys with different figures."""

    comparison: Comparison
    one: int
    other: int
    keys: tuple[str, ...]

    def message(self) -> str:
        comparison = self.comparison
        one, other = (_amount(total, fen=comparison.fen) for total in (self.one, self.other))
        named = ", ".join(self.keys[:NAMED]) + (", …" if len(self.keys) > NAMED else "")
        plural = "s" if len(self.keys) > 1 else ""
        return (
            f"{comparison.subject}: {comparison.one.store} {one}, {comparison.other.store} {other}; "
            f"not the same in {len(self.keys):,} {comparison.per}{plural} ({named})"
        )

    def stores_with_less(self) -> set[str]:
        """The store with the smaller total. If the totals are equal, both stores."""
        if self.one == self.other:
            return {self.comparison.one.store, self.comparison.other.store}
        return {self.comparison.one.store if self.one < self.other else self.comparison.other.store}


def compare(comparison: Comparison, one: Figures, other: Figures) -> Discrepancy | None:
    """The discrepancy between two stores. None if both stores have the same figures for every key."""
    keys = tuple(key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key))
    return Discrepancy(comparison, total(one), total(other), keys) if keys else None


def total(figures: Figures) -> int:
    """The sum of the first figures of all keys."""
    return sum(int(numbers[0]) for numbers in figures.values())


def advice(discrepancies: list[Discrepancy]) -> str:
    """The next steps of an operator, for all discrepancies together."""
    stores = sorted(set().union(*(one.stores_with_less() for one in discrepancies)))
    return (
        "See `enrollctl lag`, `enrollctl dead-letters list` and `enrollctl jobs list`; if the database of "
        f"{' or '.join(stores)} was emptied or lost, `enrollctl databases list` lists the databases that were set "
        "aside, and docs/backup-and-rebuild.md says how to bring it back."
    )


def _amount(number: int, *, fen: bool) -> str:
    return f"{number / 100:,.2f}" if fen else f"{number:,}"
