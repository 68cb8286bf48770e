"""Starts a whole demo stack: real Kafka, real PostgreSQL, and every service as a process under the supervisor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY, Plan
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
