"""The circuit breaker, with a clock that the test sets."""

import pytest

from status_checker.gateways.breaker import Breaker, CircuitOpen


class HandClock:
    seconds = 100.0

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def failing(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.admit()
        breaker.failed()


def test_opens_only_after_failures_in_a_row(clock: HandClock) -> None:
    breaker = Breaker(3, 5, now=clock.now)
    failing(breaker, 2)
    breaker.admit()
    breaker.succeeded()
    failing(breaker, 2)
    assert not breaker.open
    failing(breaker, 1)
    assert breaker.open


def test_open_circuit_says_when_to_come_back(clock: HandClock) -> None:
    breaker = Breaker(1, 5, now=clock.now)
    failing(breaker, 1)
    clock.seconds += 2
    with pytest.raises(CircuitOpen) as refused:
        breaker.admit()
    assert refused.value.wait_s == 3


def test_after_the_rest_one_probe_passes_and_its_success_closes(clock: HandClock) -> None:
    breaker = Breaker(1, 5, now=clock.now)
    failing(breaker, 1)
    clock.seconds += 5
    breaker.admit()
    with pytest.raises(CircuitOpen):
        breaker.admit()
    breaker.succeeded()
    assert not breaker.open
    breaker.admit()


def test_failed_probe_opens_for_another_rest(clock: HandClock) -> None:
    breaker = Breaker(3, 5, now=clock.now)
    failing(breaker, 3)
    clock.seconds += 5
    failing(breaker, 1)
    with pytest.raises(CircuitOpen):
        breaker.admit()
    clock.seconds += 5
    breaker.admit()


def test_probe_that_was_cancelled_leaves_room_for_the_next(clock: HandClock) -> None:
    breaker = Breaker(1, 5, now=clock.now)
    failing(breaker, 1)
    clock.seconds += 5
    breaker.admit()
    breaker.let_go()
    breaker.admit()
