"""Random walks over submissions and vouchers, with the real use cases and a real database (D22, A62). A walk is a
sequence of random commands and events.

A small model computes the amounts. After every step, the service's amounts must equal the amounts of the model.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from integration.payment_svc.conftest import PaymentDriver, open_driver

from payment_svc.domain.states import SUBMISSION, VOUCHER, DueState, VoucherState
from support.databases import fresh_database
from support.voucher_files import photo

Run = Callable[[Coroutine[Any, Any, Any]], Any]
FEE = 1300


@dataclass
class Owed:
    due: int
    rank: int
    paid: int = 0
    pending: int = 0

    @property
    def open(self) -> int:
        return self.due - self.paid - self.pending


@dataclass
class Sent:
    fills: dict[str, int]
    content: bytes
    state: VoucherState = VoucherState.SUBMITTED
    answers: int = field(default=0)


class Walk(RuleBasedStateMachine):
    """All walks share one database; each walk has submissions of its own."""

    driver: PaymentDriver
    run: Run

    def __init__(self) -> None:
        super().__init__()
        self.owed: dict[str, Owed] = {}
        self.vouchers: dict[str, Sent] = {}
        self.seen: dict[str, DueState] = {}
        self.walk = uuid4().int % 10**7

    @precondition(lambda self: len(self.owed) < 4)
    @rule(heads=st.integers(1, 3))
    def confirm_a_submission(self, heads: int) -> None:
        rank = len(self.owed)
        number = f"CB20240510{self.walk:07d}{rank}"
        self.run(self.driver.payable(number, heads=heads, days_ago=10 - rank))
        self.owed[number] = Owed(heads * FEE, rank)

    @precondition(lambda self: self.owed)
    @rule(data=st.data(), part=st.sampled_from([1, 2, 3]))
    def upload(self, data: st.DataObject, part: int) -> None:
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.owed)), min_size=1, max_size=3, unique=True))
        owed = sum(self.owed[number].open for number in chosen)
        amount = max(1, owed * part // 2)
        content = photo()
        answer = self.run(self.driver.upload(*chosen, amount_fen=amount, content=content, reason="分次缴费"))
        if any(self.owed[number].open == 0 for number in chosen):
            assert refused(answer, 409) == "SUBMISSION_NOT_PAYABLE"
            return
        assert answer.status_code == 201, answer.text
        fills = self._fill(chosen, amount)
        assert {fill["submission_no"]: fill["amount_fen"] for fill in answer.json()["submissions"]} == fills
        assert answer.json()["surplus_fen"] == max(0, amount - owed)
        self.vouchers[answer.json()["voucher_id"]] = Sent(fills, content)

    def _fill(self, chosen: list[str], amount: int) -> dict[str, int]:
        """Distribute the amount over the chosen submissions, the one with the oldest confirmation first."""
        fills = {}
        for number in sorted(chosen, key=lambda one: self.owed[one].rank):
            fills[number] = min(amount, self.owed[number].open)
            amount -= fills[number]
            self.owed[number].pending += fills[number]
        return fills

    @precondition(lambda self: self.vouchers)
    @rule(data=st.data(), accepted=st.booleans())
    def center_answers(self, data: st.DataObject, accepted: bool) -> None:
        voucher_id = data.draw(st.sampled_from(list(self.vouchers)))
        voucher = self.vouchers[voucher_id]
        voucher.answers += 1
        word = "accepted" if accepted else "rejected"
        answer = self.run(self.driver.decide(voucher_id, word, key=f"{voucher_id}/{voucher.answers}"))
        if voucher.state is VoucherState.SUBMITTED:
            assert (answer.status_code, answer.json()["repeated"]) == (200, False)
            self._settle(voucher, accepted)
        elif (voucher.state is VoucherState.ACCEPTED) == accepted:
            assert (answer.status_code, answer.json()["repeated"]) == (200, True)
        else:
            assert not VOUCHER.allows(voucher.state, "accept" if accepted else "reject")
            assert refused(answer, 409) == "VOUCHER_ALREADY_DECIDED"

    def _settle(self, voucher: Sent, accepted: bool) -> None:
        voucher.state = VoucherState.ACCEPTED if accepted else VoucherState.REJECTED
        for number, amount in voucher.fills.items():
            self.owed[number].pending -= amount
            self.owed[number].paid += amount if accepted else 0

    @precondition(lambda self: any(owed.open for owed in self.owed.values()) and self.vouchers)
    @rule(data=st.data())
    def upload_a_file_again(self, data: st.DataObject) -> None:
        number = next(number for number, owed in self.owed.items() if owed.open)
        sent = data.draw(st.sampled_from(list(self.vouchers.values())))
        if sent.state is VoucherState.REJECTED:
            return
        answer = self.run(self.driver.upload(number, amount_fen=self.owed[number].open, content=sent.content))
        assert refused(answer, 409) == "FILE_ALREADY_USED"

    @invariant()
    def books_agree(self) -> None:
        if not self.owed:
            return
        summary = self.run(self.driver.get("/dues/summary", submission_nos=list(self.owed)))
        for due in summary["items"]:
            owed = self.owed[due["submission_no"]]
            assert (due["due_fen"], due["paid_fen"], due["pending_fen"], due["open_fen"]) == (
                owed.due,
                owed.paid,
                owed.pending,
                owed.open,
            )
            self._moved(due["submission_no"], DueState(due["state"]["code"]))

    def _moved(self, number: str, state: DueState) -> None:
        """A submission stays in its state, or it has made one transition of the state machine. No command of a walk
        makes two transitions."""
        before = self.seen.get(number, SUBMISSION.start[0])
        reached = {
            SUBMISSION.after(before, action) for action in SUBMISSION.actions if SUBMISSION.allows(before, action)
        }
        assert state in reached | {before}, f"{before.value} → {state.value}"
        self.seen[number] = state


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    code: str = answer.json()["code"]
    return code


@contextmanager
def running(admin_url: str, folder: Path) -> Iterator[type[Walk]]:
    """One service on one database for all walks. Its event loop runs in the thread of the test."""
    with asyncio.Runner() as runner:
        database = fresh_database(admin_url)
        driver = open_driver(runner.run(database.__aenter__()), folder)
        try:
            walk = type("Walk", (Walk,), {"driver": runner.run(driver.__aenter__()), "run": staticmethod(runner.run)})
            yield walk
        finally:
            runner.run(driver.__aexit__(None, None, None))
            runner.run(database.__aexit__(None, None, None))


@pytest.mark.row("D22", "D23", "A62")
def test_books_agree_with_a_simple_model_on_every_walk(postgres_admin_url: str, tmp_path: Path) -> None:
    with running(postgres_admin_url, tmp_path) as walk:
        run_state_machine_as_test(
            walk, settings=settings(max_examples=12, stateful_step_count=12, derandomize=True, deadline=None)
        )
