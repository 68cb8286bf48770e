"""Compares all stores of a stack with one another. Each statement is executed once."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import asyncpg

from enrollctl.agreement.comparing import Disagreement, Holding, compare, total, what_to_do
from enrollctl.agreement.questions import (
    LINES,
    MEMBER,
    MEMBERS,
    PAID,
    PAYMENT,
    QUESTIONS,
    REVIEW,
    UNIONS,
    VOUCHERS,
    Side,
)
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack

#: Other processes may use the stack meanwhile; their changes reach every store within seconds.
PATIENCE_S = 20.0
PAUSE_S = 0.5

Answers = dict[Side, Holding]


@dataclass(frozen=True, slots=True)
class StackBooks:
    """The totals of the stack, and the comparisons in which two stores disagree."""

    unions: int
    members: int
    enrolled: int
    vouchers: int
    paid_fen: int
    found: list[Disagreement]

    @property
    def agree(self) -> bool:
        return not self.found

    def problems(self) -> list[str]:
        """Every disagreement with its numbers, and a sentence on what to do; empty if all stores agree."""
        return [f"whole stack: {one.told()}" for one in self.found] + ([what_to_do(self.found)] if self.found else [])

    def told(self) -> str:
        return (
            f"unions {self.unions:,}, members {self.members:,}, enrolled people {self.enrolled:,}, "
            f"accepted vouchers {self.vouchers:,}, paid {self.paid_fen / 100:,.2f} yuan"
        )

    def as_dict(self) -> dict[str, Any]:
        names = ("unions", "members", "enrolled", "vouchers", "paid_fen")
        return {name: getattr(self, name) for name in names} | {"disagreements": [one.told() for one in self.found]}


def stack_books(stack: Stack, patience_s: float = PATIENCE_S) -> StackBooks:
    """Compare the stores; repeat until they agree, for at most `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while True:
        books = _judged(asyncio.run(_ask_all(stack)))
        if books.agree or time.monotonic() > deadline:
            return books
        time.sleep(PAUSE_S)


def _judged(answers: Answers) -> StackBooks:
    pairs = [compare(question, answers[question.one], answers[question.other]) for question in QUESTIONS]
    return StackBooks(
        unions=len(answers[Side(MEMBER, UNIONS)]),
        members=total(answers[Side(MEMBER, MEMBERS)]),
        enrolled=total(answers[Side(REVIEW, LINES)]),
        vouchers=len(answers[Side(PAYMENT, VOUCHERS)]),
        paid_fen=total(answers[Side(PAYMENT, PAID)]),
        found=[found for found in pairs if found is not None],
    )


async def _ask_all(stack: Stack) -> Answers:
    """Execute each statement once; all stores are queried at the same time."""
    sides: dict[str, dict[str, Side]] = defaultdict(dict)
    for question in QUESTIONS:
        for side in (question.one, question.other):
            sides[side.store][side.sql] = side
    answered = await asyncio.gather(*(_ask(stack, store, list(asked.values())) for store, asked in sides.items()))
    return {side: holding for some in answered for side, holding in some.items()}


async def _ask(stack: Stack, store: str, sides: list[Side]) -> Answers:
    """Query one store in one transaction, so that all its figures are of the same moment."""
    try:
        connection = await asyncpg.connect(stack.database_url(store))
    except (OSError, asyncpg.PostgresError) as error:
        raise Failure(
            f"the database of {store} does not answer ({type(error).__name__}); see `enrollctl status`"
        ) from None
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return {side: _holding(await connection.fetch(side.sql)) for side in sides}
    finally:
        await connection.close()


def _holding(rows: list[Any]) -> Holding:
    return {row[0]: tuple(row[1:]) for row in rows}
