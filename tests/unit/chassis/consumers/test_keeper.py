"""A process that ends closes what its keeper looks through."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from chassis.consumers import Keeper
from chassis.health import Life


class Outside:
    """What is seen of Kafka, until the process closes it."""

    def __init__(self, keeper_ends: bool) -> None:
        self.keeper: Keeper | None = None
        self._keeper_ends = keeper_ends

    async def beginnings(self) -> dict[Any, int]:
        if self._keeper_ends:
            assert self.keeper is not None
            self.keeper.end()
        raise ConnectionError


def keeper(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    async def committed(_: Keeper) -> dict[Any, int]:
        return {}

    monkeypatch.setattr(Keeper, "_committed", committed)
    settings = cast(Any, SimpleNamespace(kafka_bootstrap="127.0.0.1:1"))
    outside.keeper = Keeper("g", [], [], cast(Any, None), settings, Life(stuck_after_s=1.0), cast(Any, outside))
    return outside.keeper


@pytest.mark.parametrize(("ends", "told"), [(False, ["group_not_seen"]), (True, [])])
async def test_a_group_that_cannot_be_seen_is_told_of_unless_the_process_ends(
    ends: bool, told: list[str], monkeypatch: pytest.MonkeyPatch
):
    one = keeper(Outside(ends), monkeypatch)
    with capture_logs() as logs:
        assert await one._group_stalled() is None
    assert [entry["event"] for entry in logs] == told


async def test_an_ended_keeper_comes_back(monkeypatch: pytest.MonkeyPatch):
    one = keeper(Outside(keeper_ends=False), monkeypatch)
    one.end()
    await one.run()
