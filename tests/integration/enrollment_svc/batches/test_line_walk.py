"""In any order of commands and events about a line, the store, the state machine and the money agree."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from integration.enrollment_svc.enrollment_world import World

from chassis.testing import service_under_test
from contracts.fields import Shares
from contracts.reviews import BatchCompleted, BatchWithdrawn, CenterRejected
from contracts.words import EnrollmentType
from enrollment_svc.__main__ import service
from enrollment_svc.domain.batches.lines import LINE, LineState
from enrollment_svc.domain.refusals import LineNotCompletable
from enrollment_svc.usecases.batches import decisions
from support.databases import Templates

IN_REVIEW, COMPLETED, RETURNED, WITHDRAWN = LineState
FEE = 2600


class LineWalk(RuleBasedStateMachine):
    """One union of three people. `held`: the people in its current line. `state`: the state in which the line must be
    according to the state machine.
    """

    run: ClassVar[Any]
    world: ClassVar[World]

    @initialize()
    def join(self) -> None:
        self.union, self.unit = uuid4(), uuid4()
        self.submission_no = ""
        self.run(self._join())

    async def _join(self) -> None:
        await self.world.add_grassroots(self.union, [self.unit], "行走工会委员会")
        prefix = f"3101011990{uuid4().int % 10000:04d}"
        people = await self.world.ready_people(3, union=self.union, unit=self.unit, prefix=prefix)
        self.everybody = {one.member_id for one in people}
        await self._submit()

    async def _submit(self) -> None:
        batch = (await self.world.submit(union=self.union, all=True)).json()
        self.batch_no, [self.line] = batch["batch_no"], batch["lines"]
        self.line["union_id"] = str(self.union)
        self.held = set(self.everybody)
        assert batch["heads"] == 3
        self.state = IN_REVIEW

    @precondition(lambda self: LINE.allows(self.state, "return_people") and len(self.held) > 1)
    @rule(data=st.data())
    def return_somebody(self, data: st.DataObject) -> None:
        back = data.draw(st.sampled_from(sorted(self.held)))
        self.held.discard(back)
        self.run(self._return([back], len(self.held)))
        self.state = LINE.after(self.state, "return_people")

    @precondition(lambda self: LINE.allows(self.state, "return"))
    @rule()
    def return_all(self) -> None:
        self.held = set()
        self.run(self._return([], 0))
        self.state = LINE.after(self.state, "return")

    @precondition(lambda self: LINE.allows(self.state, "complete"))
    @rule()
    def complete(self) -> None:
        self.submission_no = f"CB202405109{uuid4().int % 1000000:06d}"
        line = self.line | {"heads": len(self.held), "fee": fee(len(self.held))}
        self.run(self._for_union(self.world.complete_line, self.batch_no, line, self.submission_no))
        self.state = LINE.after(self.state, "complete")

    @precondition(lambda self: self.state is COMPLETED)
    @rule()
    def center_rejects(self) -> None:
        event = CenterRejected(
            submission_no=self.submission_no,
            version=1,
            union_id=self.world.district,
            year=2024,
            enrollment_type=EnrollmentType.IMMEDIATE,
            reason="名单有误",
            rejected_at=self.world.bench.clock.now(),
        )
        self.run(self.world.deliver(event))
        self.state = LINE.after(self.state, "center_reject")

    @precondition(lambda self: LINE.allows(self.state, "request_withdrawal"))
    @rule()
    def withdraw(self) -> None:
        path = f"/batches/{self.batch_no}/lines/{self.line['line_id']}/withdrawal"
        assert self.run(self.world.post(path, {}, union=self.union)).status_code == 202
        self.run(self.world.deliver(self._withdrawn()))
        self.state, self.held = LINE.after(self.state, "withdraw"), set()

    @precondition(lambda self: self.state in LINE.ends)
    @rule()
    def contradict_and_submit_again(self) -> None:
        """An impossible event is not ignored: it is refused with its error code, and no change is stored."""
        path = f"/batches/{self.batch_no}/lines/{self.line['line_id']}/withdrawal"
        assert self.run(self.world.post(path, {}, union=self.union)).json()["code"] == "NOT_WITHDRAWABLE"
        with pytest.raises(LineNotCompletable):
            self.run(self._complete_by_mistake())
        self.run(self._submit())

    @invariant()
    def store_and_machine_agree(self) -> None:
        shown = self.run(self.world.get(f"/batches/{self.batch_no}", scope=self.union, state="held"))
        assert shown["state"]["code"] == self.state
        assert {UUID(person["member_id"]) for person in shown["people"]["items"]} == self.held
        assert (shown["heads"], shown["fee"]) == (len(self.held), fee(len(self.held)))
        assert self.run(self.world.get(f"/batches/{self.batch_no}/proof", scope=self.union))["agrees"] is True
        counts = self.run(self.world.counts(self.union))
        assert counts["plan_locked"] is (self.state not in LINE.ends)

    async def _return(self, back: list[UUID], keeps: int) -> None:
        await self._for_union(self.world.return_line, self.batch_no, self.line, back, keeps)

    async def _for_union(self, act: Any, *arguments: Any) -> None:
        first, self.world.union = self.world.union, self.union
        try:
            await act(*arguments)
        finally:
            self.world.union = first

    def _withdrawn(self) -> BatchWithdrawn:
        return BatchWithdrawn(
            batch_no=self.batch_no,
            line_id=self.line["line_id"],
            union_id=self.union,
            unit_id=self.unit,
            withdrawn_at=self.world.bench.clock.now(),
        )

    async def _complete_by_mistake(self) -> None:
        event = BatchCompleted(
            batch_no=self.batch_no,
            line_id=self.line["line_id"],
            union_id=self.union,
            unit_id=self.unit,
            submission_no="CB202405109999",
            heads=1,
            fee=Shares.model_validate(fee(1)),
            completed_at=self.world.bench.clock.now(),
        )
        async with self.world.bench.database.work(uuid4()) as work:
            await decisions.apply_batch_completed(event, work)


def fee(heads: int) -> dict[str, int]:
    return {"total_fen": heads * FEE, "city_fen": heads * FEE // 2, "district_fen": heads * FEE // 2, "unit_fen": 0}


@pytest.fixture
def walk(templates: Templates) -> Iterator[type[LineWalk]]:
    """Run the machine on a real store, in an event loop of its own, because Hypothesis rules are not coroutines."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def build() -> World:
            url = await stack.enter_async_context(templates.copy(service.migration_packages))
            world = await World(await stack.enter_async_context(service_under_test(service, url))).build()
            await world.set_rates()
            return world

        LineWalk.world, LineWalk.run = runner.run(build()), staticmethod(runner.run)
        yield LineWalk
        runner.run(stack.aclose())


@pytest.mark.row("A48", "A49", "A50", "A53", "D16")
def test_no_order_of_decisions_parts_store_machine_and_money(walk: type[LineWalk]):
    run_state_machine_as_test(
        walk, settings=settings(max_examples=8, stateful_step_count=8, derandomize=True, deadline=None)
    )
