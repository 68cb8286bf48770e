"""If the coordinator delays a consumer's join, the supervisor waits. It replaces a consumer that stalls."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.protocol.group import JoinGroupRequest, LeaveGroupRequest

from chassis.consumers import WAITS_FOR_GROUP, ConsumerSupervisor, consumer_supervisor
from chassis.consumers.joining import leave_while_joining
from chassis.health import HealthState

PATIENCE_S = 6.0
#: The interval between two checks of the supervisor.
TURN_S = 0.001
PLACE = TopicPartition("members.batches.v1", 0)


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Joining:
    """A transport without partitions. `waits`: whether it waits for its group. `start` returns when `joined` is
    set.
    """

    busy = rolled_back = False

    def __init__(self, *, waits: bool) -> None:
        self.waits = waits
        self.stops = 0
        self.joined = asyncio.Event()

    async def start(self) -> None:
        await self.joined.wait()

    async def stop(self) -> None:
        self.stops += 1

    def assigned(self) -> int:
        return 0

    def waits_for_group(self) -> bool:
        return self.waits


class InfrastructureProbe:
    """The topic's only partition contains records that the consumer has not fetched."""

    ends = {PLACE: 7}  # noqa: RUF012
    partitions = (PLACE,)

    async def beginnings(self) -> dict[TopicPartition, int]:
        return {}


async def turns() -> None:
    """Let the supervisor check several times: its pauses are shorter than the sleeps of this function."""
    for _ in range(20):
        await asyncio.sleep(2 * TURN_S)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(consumer_supervisor, "EVERY_S", TURN_S)
    return Clock()


def supervisor_over(transport: Joining, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> ConsumerSupervisor:
    async def committed(_: ConsumerSupervisor) -> dict[TopicPartition, int]:
        return {PLACE: 3}

    monkeypatch.setattr(ConsumerSupervisor, "_committed", committed)
    monkeypatch.setattr(consumer_supervisor, "Transport", lambda *_: transport)
    settings = cast(Any, SimpleNamespace(kafka_bootstrap="127.0.0.1:1", graceful_timeout_s=1.0))
    health = HealthState(clock, stuck_after_s=PATIENCE_S)
    one = ConsumerSupervisor("g", [], [], cast(Any, None), settings, health, cast(Any, InfrastructureProbe()))
    one._group.clock = clock
    return one


@pytest.mark.parametrize("waits", [True, False], ids=["waits for its group", "does not"])
async def test_a_start_longer_than_the_patience_is_blamed_only_where_nothing_is_waited_for(
    clock: Clock, waits: bool, monkeypatch: pytest.MonkeyPatch
):
    transport = Joining(waits=waits)
    one = supervisor_over(transport, clock, monkeypatch)
    opening = asyncio.create_task(one.open())
    await turns()
    clock.at += PATIENCE_S + 1
    await turns()
    assert one._health.stuck() == ({} if waits else {"consumer_supervisor": "no tick for 7 s"})
    assert one._health.unready() == ({"assignment": WAITS_FOR_GROUP} if waits else {})
    transport.joined.set()
    await opening


async def test_a_consumer_without_partitions_is_replaced_once_it_no_longer_waits_for_its_group(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    transport = Joining(waits=True)
    transport.joined.set()
    one = supervisor_over(transport, clock, monkeypatch)
    running = asyncio.create_task(one.run())
    for _ in range(3):
        await turns()
        clock.at += PATIENCE_S + 1
    await turns()
    assert (one.replacements, transport.stops) == (0, 0)
    transport.waits = False
    await turns()
    clock.at += PATIENCE_S + 1
    await turns()
    assert (one.replacements, transport.stops) == (1, 1)
    one.end()
    await running


class Client:
    """A consumer's client. `asked`: the requests that node 0 has not answered yet. `sent`: the requests that the client
    has sent after those."""

    def __init__(self, *asked: object) -> None:
        connection = SimpleNamespace(_requests=[(n, request, None) for n, request in enumerate(asked)])
        self._conns = {(0, ConnectionGroup.COORDINATION): connection}
        self.sent: list[tuple[int, object]] = []

    async def send(self, node: int, request: object) -> None:
        self.sent.append((node, request))


@pytest.mark.parametrize(
    ("asked", "member", "leaves"),
    [
        pytest.param([JoinGroupRequest], "m-1", True, id="a member that joins"),
        pytest.param([JoinGroupRequest], "", False, id="the coordinator has not given the consumer a member id yet"),
        pytest.param([], "m-1", False, id="a member that has joined; aiokafka sends its LeaveGroup"),
    ],
)
async def test_a_consumer_that_is_replaced_while_it_joins_leaves_its_group(
    asked: list[type], member: str, leaves: bool
):
    client = Client(*[SimpleNamespace(API_KEY=kind.API_KEY) for kind in asked])
    coordinator = SimpleNamespace(coordinator_id=0, member_id=member)
    consumer = cast(Any, SimpleNamespace(_coordinator=coordinator, _client=client, _group_id="g"))
    await leave_while_joining(consumer)
    assert [(node, type(request)) for node, request in client.sent] == [(0, LeaveGroupRequest)] * leaves
