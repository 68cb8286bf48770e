"""Compares all stores of a stack with one another, and repeats this until they agree or the time is over."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from enrollctl.reconciliation.comparisons import (
    COMPARISONS,
    LINES,
    MEMBER,
    MEMBERS,
    PAID,
    PAYMENT,
    REVIEW,
    UNIONS,
    VOUCHERS,
    StoreQuery,
)
from enrollctl.reconciliation.discrepancies import Discrepancy, Figures, advice, compare, total
from enrollctl.stack.stack import Stack

#: If stores differ, they are compared again and again for this time, because the cause can be a recent change. A change
#: reaches the last store only some seconds after the first store.
PATIENCE_S = 20.0
PAUSE_S = 0.5

Answers = dict[StoreQuery, Figures]


@dataclass(frozen=True, slots=True)
class StackReconciliation:
    """The totals of the stack, and the comparisons in which two stores disagree."""

    unions: int
    members: int
    enrolled: int
    vouchers: int
    paid_fen: int
    discrepancies: list[Discrepancy]

    @property
    def agree(self) -> bool:
        return not self.discrepancies

    def problems(self) -> list[str]:
        """A sentence for each discrepancy, then the advice for all of them; empty if all stores agree."""
        sentences = [f"whole stack: {one.message()}" for one in self.discrepancies]
        return [*sentences, advice(self.discrepancies)] if sentences else []

    def summary(self) -> str:
        return (
            f"unions {self.unions:,}, members {self.members:,}, enrolled people {self.enrolled:,}, "
            f"accepted vouchers {self.vouchers:,}, paid {self.paid_fen / 100:,.2f} yuan"
        )

    def as_dict(self) -> dict[str, Any]:
        names = ("unions", "members", "enrolled", "vouchers", "paid_fen")
        messages = [one.message() for one in self.discrepancies]
        return {name: getattr(self, name) for name in names} | {"disagreements": messages}


def reconcile_stack(stack: Stack, patience_s: float = PATIENCE_S) -> StackReconciliation:
    """Compare the stores. Repeat this until they agree or `patience_s` seconds have passed."""
    deadline = time.monotonic() + patience_s
    while True:
        reconciliation = _reconciled(asyncio.run(_query_all(stack)))
        if reconciliation.agree or time.monotonic() > deadline:
            return reconciliation
        time.sleep(PAUSE_S)


def _reconciled(answers: Answers) -> StackReconciliation:
    compared = [compare(comparison, answers[comparison.one], answers[comparison.other]) for comparison in COMPARISONS]
    return StackReconciliation(
        unions=len(answers[StoreQuery(MEMBER, UNIONS)]),
        members=total(answers[StoreQuery(MEMBER, MEMBERS)]),
        enrolled=total(answers[StoreQuery(REVIEW, LINES)]),
        vouchers=len(answers[StoreQuery(PAYMENT, VOUCHERS)]),
        paid_fen=total(answers[StoreQuery(PAYMENT, PAID)]),
        discrepancies=[discrepancy for discrepancy in compared if discrepancy is not None],
    )


async def _query_all(stack: Stack) -> Answers:
    """Query all stores at the same time. A statement that several comparisons use is executed only once."""
    by_store: dict[str, set[StoreQuery]] = defaultdict(set)
    for comparison in COMPARISONS:
        for query in (comparison.one, comparison.other):
            by_store[query.store].add(query)
    answers = await asyncio.gather(*(_query(stack, store, queries) for store, queries in by_store.items()))
    return {query: figures for some in answers for query, figures in some.items()}


async def _query(stack: Stack, store: str, queries: set[StoreQuery]) -> Answers:
    """Query one store in one transaction, so that all its figures show the same moment. Raises ComponentUnhealthy."""
    async with (
        stack.connection(store) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return {query: _figures(await connection.fetch(query.sql)) for query in queries}


def _figures(rows: list[Any]) -> Figures:
    return {row[0]: tuple(row[1:]) for row in rows}
