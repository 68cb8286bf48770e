"""Starts a whole demo stack: real Kafka, real PostgreSQL, and every service as a process under the supervisor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from system.walked_roster import ROWS, SEED

from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY, Plan
from enrollctl.demo.inputs.plans import plan_for_new_roster
from enrollctl.demo.results.evaluation import problems_of
from enrollctl.demo.run import walk
from enrollctl.stack.stack import Stack
from enrollctl.workspace.clock import set_business_clock
from enrollctl.workspace.folders import Folders


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folders = Folders(tmp_path_factory.mktemp("stack"))
    folders.make()
    set_business_clock(folders, Plan(Path(), Path(), MADE_ROSTER_DAY, "", "").opens_at)
    stack = Stack.start(folders.root, demo=True)
    yield stack
    stack.stop()


@pytest.fixture(scope="session")
def walked(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The stack after a roster with every case has passed all six stages."""
    plan, expected = plan_for_new_roster(ROWS, SEED, tmp_path_factory.mktemp("walked"), None, confirm_all=True)
    stack.set_business_clock(plan.opens_at)
    assert problems_of(walk(stack, plan, lambda _: None), expected) == []
    return stack
