"""A process that ends closes the probe through which its consumer supervisor observes Kafka."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from chassis.consumers import ConsumerSupervisor
from chassis.health import HealthState


class InfrastructureProbe:
    """A probe of Kafka that records whether the process closed it."""

    def __init__(self, keeper_ends: bool) -> None:
        self.supervisor: ConsumerSupervisor | None = None
        self._keeper_ends = keeper_ends

    async def beginnings(self) -> dict[Any, int]:
        if self._keeper_ends:
            assert self.supervisor is not None
            self.supervisor.end()
        raise ConnectionError


def supervisor(probe: InfrastructureProbe, monkeypatch: pytest.MonkeyPatch) -> ConsumerSupervisor:
    async def committed(_: ConsumerSupervisor) -> dict[Any, int]:
        return {}

    monkeypatch.setattr(ConsumerSupervisor, "_committed", committed)
    settings = cast(Any, SimpleNamespace(kafka_bootstrap="127.0.0.1:1"))
    probe.supervisor = ConsumerSupervisor(
        "g", [], [], cast(Any, None), settings, HealthState(stuck_after_s=1.0), cast(Any, probe)
    )
    return probe.supervisor


@pytest.mark.parametrize(("ends", "told"), [(False, ["group_not_seen"]), (True, [])])
async def test_a_group_that_cannot_be_seen_is_told_of_unless_the_process_ends(
    ends: bool, told: list[str], monkeypatch: pytest.MonkeyPatch
):
    one = supervisor(InfrastructureProbe(ends), monkeypatch)
    with capture_logs() as logs:
        assert await one._group_stalled() is None
    assert [entry["event"] for entry in logs] == told


async def test_an_ended_keeper_comes_back(monkeypatch: pytest.MonkeyPatch):
    one = supervisor(InfrastructureProbe(keeper_ends=False), monkeypatch)
    one.end()
    await one.run()
