from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from chassis.domain import SHANGHAI, FileClock
from chassis.health import Life
from chassis.polls import BadRelease, ReleaseGuard
from chassis.polls.resumptions import Resumption
from chassis.resilience import backoff_s

NEVER = Resumption()


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_loop_that_stands_still_is_named_after_a_minute():
    hands = Hands()
    life = Life(hands)
    life.tick("relay")
    hands.at += 59
    assert life.stuck() == {}
    hands.at += 2
    assert life.stuck() == {"relay": "no tick for 61 s"}


def test_no_loop_is_blamed_while_something_outside_fails():
    hands = Hands()
    life = Life(hands)
    life.tick("relay")
    life.trouble("kafka", "no broker")
    for _ in range(20):
        hands.at += 30
        life.trouble("kafka", "no broker")
        assert life.stuck() == {}
    assert life.unready() == {"kafka": "no broker"}
    life.recovered("kafka")
    assert life.stuck() == {}
    assert life.unready() == {}


def test_trouble_that_nobody_tells_again_hides_no_loop():
    hands = Hands()
    life = Life(hands)
    life.tick("relay")
    life.trouble("kafka", "no broker")
    hands.at += 61
    assert life.stuck() == {"relay": "no tick for 61 s"}
    assert life.unready() == {"kafka": "no broker"}


def fail(guard: ReleaseGuard, keys: int, last: Resumption = NEVER) -> None:
    """So many new keys fail alike; the guard learns what an operator said when it asks, as a poll does it."""
    for _ in range(keys):
        if guard.note("ValueError", ("t", str(uuid4()))):
            guard.trip("ValueError", last)


def test_five_keys_with_one_cause_within_a_minute_pause_the_subscriber():
    guard = ReleaseGuard(clock=Hands())
    fail(guard, 4)
    with pytest.raises(BadRelease):
        fail(guard, 1)
    assert guard.paused_for == "ValueError"


def test_one_key_may_fail_often_and_five_keys_may_fail_over_time():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    for _ in range(20):
        assert not guard.note("ValueError", ("t", "same"))
    for _ in range(20):
        hands.at += 61
        fail(guard, 1)
    assert guard.paused_for is None


def test_an_operator_may_let_the_failures_of_a_minute_become_dead_letters():
    guard = ReleaseGuard(clock=Hands())
    guard.resume(accept_failures=True)
    fail(guard, 9)
    assert guard.paused_for is None


def test_only_an_act_newer_than_the_pause_ends_it():
    guard = ReleaseGuard(clock=Hands())
    before = Resumption(act=7, age_s=300)
    with pytest.raises(BadRelease):
        fail(guard, 5, before)
    assert not guard.hear(before)
    assert guard.hear(Resumption(act=8, age_s=0.2))
    fail(guard, 4)
    assert guard.paused_for is None


def test_failures_accepted_on_another_replica_are_accepted_for_what_is_left_of_the_minute():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    fail(guard, 9, Resumption(act=8, age_s=20, accept_failures=True))
    hands.at += 39
    fail(guard, 9)
    hands.at += 2
    with pytest.raises(BadRelease):
        fail(guard, 1)


def test_failures_accepted_more_than_a_minute_ago_are_no_longer():
    with pytest.raises(BadRelease):
        fail(ReleaseGuard(clock=Hands()), 5, Resumption(act=8, age_s=61, accept_failures=True))


def test_a_paused_replica_hears_of_accepted_failures_for_the_same_minute_as_all_others():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    with pytest.raises(BadRelease):
        fail(guard, 5)
    assert guard.hear(Resumption(act=1, age_s=10, accept_failures=True))
    hands.at += 49
    fail(guard, 9)
    hands.at += 2
    with pytest.raises(BadRelease):
        fail(guard, 1)


def test_what_failed_before_somebody_resumed_another_replica_counts_no_longer():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    fail(guard, 4)
    hands.at += 30
    resumed = Resumption(act=8, age_s=10)
    fail(guard, 4, resumed)
    assert guard.paused_for is None
    with pytest.raises(BadRelease):
        fail(guard, 1, resumed)


def test_backoff_grows_and_stays_within_its_bounds():
    for attempt in range(1, 40):
        assert 0.1 <= backoff_s(attempt, first_s=0.2, most_s=30) <= 30


def test_a_demo_clock_follows_its_file(tmp_path: Path):
    path = tmp_path / "clock.json"
    clock = FileClock(path)
    assert abs(clock.now() - datetime.now(SHANGHAI)) < timedelta(minutes=1)
    real = datetime.now(SHANGHAI)
    path.write_bytes(orjson.dumps({"business": "2024-05-10T09:00:00+08:00", "real": real.isoformat()}))
    assert clock.now().date().isoformat() == "2024-05-10"
    assert clock.now().utcoffset() == timedelta(hours=8)
