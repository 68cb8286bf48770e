"""A whole demo stack: real Kafka, real PostgreSQL, every service a process under the supervisor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from enrollctl.clock import set_business_clock
from enrollctl.demo.plan import MADE_ROSTER_DAY, Plan
from enrollctl.folders import Folders
from enrollctl.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folders = Folders(tmp_path_factory.mktemp("stack"))
    folders.make()
    set_business_clock(folders, Plan(Path(), Path(), MADE_ROSTER_DAY, "", "").opens_at)
    stack = Stack.start(folders.root, demo=True)
    yield stack
    stack.stop()
