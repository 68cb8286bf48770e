"""The token bucket, with a clock that the test sets."""

import pytest

from status_checker.gateways.pace import TokenBucket, TooFast


class HandClock:
    def __init__(self) -> None:
        self.seconds = 100.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def bucket_of(clock: HandClock, *, rate: float = 10, burst: int = 2) -> TokenBucket:
    return TokenBucket(rate, burst, now=clock.now, sleep=clock.sleep)


async def test_burst_passes_at_once_and_the_rest_at_the_pace(clock: HandClock) -> None:
    bucket = bucket_of(clock)
    for _ in range(5):
        await bucket.take(10)
    assert clock.slept == [0.1, 0.2, 0.3]


async def test_quiet_while_fills_the_bucket_no_further_than_the_burst(clock: HandClock) -> None:
    bucket = bucket_of(clock)
    clock.seconds += 3600
    for _ in range(3):
        await bucket.take(10)
    assert clock.slept == [0.1]


async def test_worker_that_would_wait_too_long_is_sent_away_without_a_token(clock: HandClock) -> None:
    bucket = bucket_of(clock, rate=1, burst=1)
    await bucket.take(1)
    await bucket.take(1)
    with pytest.raises(TooFast) as refused:
        await bucket.take(1)
    assert refused.value.wait_s == pytest.approx(2)
    clock.seconds += 1
    await bucket.take(1)
    assert clock.slept == [1, 1]


async def test_pause_holds_everybody_until_it_is_over(clock: HandClock) -> None:
    bucket = bucket_of(clock)
    bucket.pause(30)
    with pytest.raises(TooFast) as refused:
        await bucket.take(5)
    assert refused.value.wait_s == pytest.approx(30)
    clock.seconds += 30
    await bucket.take(5)
    assert clock.slept == []
