"""When a process ends, its probe of Kafka is closed. The consumer supervisor must not log this as an error."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from chassis.consumers import ConsumerSupervisor
from chassis.health import HealthState


class InfrastructureProbe:
    """A probe without a connection to Kafka; `supervisor_ends`: True if the process ends during the query."""

    def __init__(self, supervisor_ends: bool) -> None:
        self.supervisor: ConsumerSupervisor | None = None
        self._supervisor_ends = supervisor_ends

    async def beginnings(self) -> dict[Any, int]:
        if self._supervisor_ends:
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


@pytest.mark.parametrize(("ends", "logged"), [(False, ["group_not_seen"]), (True, [])])
async def test_a_group_that_cannot_be_read_is_logged_unless_the_process_ends(
    ends: bool, logged: list[str], monkeypatch: pytest.MonkeyPatch
):
    watched = supervisor(InfrastructureProbe(ends), monkeypatch)
    with capture_logs() as logs:
        assert await watched._group_stalled() is None
    assert [entry["event"] for entry in logs] == logged


async def test_a_supervisor_returns_after_its_end(monkeypatch: pytest.MonkeyPatch):
    watched = supervisor(InfrastructureProbe(supervisor_ends=False), monkeypatch)
    watched.end()
    await watched.run()
