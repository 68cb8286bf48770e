"""A consumer that waits for its group is not stalled, but it is allowed to wait for a limited time only."""

from collections import deque
from types import SimpleNamespace

from aiokafka.client import ConnectionGroup
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest

from chassis.consumers.joining import LAPSE_S, JoinWatch, is_joining

LONGEST_S = 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_join_is_excused_until_it_has_lasted_too_long():
    clock = Clock()
    watch = JoinWatch(LONGEST_S, clock)
    found = []
    for _ in range(7):
        found.append(watch.waits(joining=True))
        clock.now += LAPSE_S
    assert found == [True] * 7
    assert not watch.waits(joining=True)


def test_between_two_requests_of_one_join_nothing_is_seen():
    clock = Clock()
    watch = JoinWatch(LONGEST_S, clock)
    assert watch.waits(joining=True)
    clock.now += LAPSE_S - 1
    assert watch.waits(joining=False)
    clock.now += 2
    assert not watch.waits(joining=False)


def test_a_later_join_gets_its_time_anew():
    clock = Clock()
    watch = JoinWatch(LONGEST_S, clock)
    watch.waits(joining=True)
    clock.now += 2 * LONGEST_S
    assert watch.waits(joining=True)
    clock.now += LAPSE_S
    assert watch.waits(joining=True)


def test_a_consumer_that_never_joined_does_not_wait():
    assert not JoinWatch(LONGEST_S, Clock()).waits(joining=False)


def consumer(*requests: object, coordinator: int | None = 0) -> SimpleNamespace:
    connection = SimpleNamespace(_requests=deque((n, request, None) for n, request in enumerate(requests)))
    return SimpleNamespace(
        _coordinator=SimpleNamespace(coordinator_id=coordinator),
        _client=SimpleNamespace(_conns={(0, ConnectionGroup.COORDINATION): connection}),
    )


def test_a_request_of_a_join_is_seen_on_the_coordinators_connection():
    for kind in (JoinGroupRequest, SyncGroupRequest):
        assert is_joining(consumer(SimpleNamespace(API_KEY=kind.API_KEY)))
    assert not is_joining(consumer(SimpleNamespace(API_KEY=12)))
    assert not is_joining(consumer(None))
    assert not is_joining(consumer())
    assert not is_joining(consumer(coordinator=None))
    assert not is_joining(None)
