"""Compares the figures of two stores, key by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrollctl.agreement.questions import Question

#: Key → the figures of a store. Messages show the first figure.
Holding = Mapping[str, tuple[Any, ...]]
#: If two stores differ, the message names at most this many keys.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`one` and `other` are the totals of the two stores; `keys` are the keys with different figures."""

    question: Question
    one: int
    other: int
    keys: tuple[str, ...]

    def told(self) -> str:
        question = self.question
        one, other = (_amount(total, fen=question.fen) for total in (self.one, self.other))
        named = ", ".join(self.keys[:NAMED]) + (", …" if len(self.keys) > NAMED else "")
        plural = "s" if len(self.keys) > 1 else ""
        return (
            f"{question.what}: {question.one.store} {one}, {question.other.store} {other}; "
            f"not the same in {len(self.keys):,} {question.per}{plural} ({named})"
        )

    def lacking(self) -> set[str]:
        """The store with less; both stores if their totals are equal."""
        if self.one == self.other:
            return {self.question.one.store, self.question.other.store}
        return {self.question.one.store if self.one < self.other else self.question.other.store}


def compare(question: Question, one: Holding, other: Holding) -> Disagreement | None:
    """None if both stores have the same figures for every key."""
    keys = tuple(key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key))
    return Disagreement(question, total(one), total(other), keys) if keys else None


def total(holding: Holding) -> int:
    """The sum of the figures that messages show."""
    return sum(int(numbers[0]) for numbers in holding.values())


def what_to_do(found: list[Disagreement]) -> str:
    """The next steps of an operator, for all disagreements together."""
    stores = sorted(set().union(*(one.lacking() for one in found)))
    return (
        "See `enrollctl lag`, `enrollctl dead-letters list` and `enrollctl jobs list`; if the database of "
        f"{' or '.join(stores)} was emptied or lost, `enrollctl databases list` lists the databases that were set "
        "aside, and docs/backup-and-rebuild.md says how to bring it back."
    )


def _amount(number: int, *, fen: bool) -> str:
    return f"{number / 100:,.2f}" if fen else f"{number:,}"
