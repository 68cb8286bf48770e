from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from chassis.backoff import backoff_s
from chassis.clock import SHANGHAI, FileClock
from chassis.life import Life
from chassis.release_guard import BadRelease, ReleaseGuard


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


def test_five_keys_with_one_cause_within_a_minute_pause_the_subscriber():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    for number in range(4):
        guard.note("ValueError", ("t", str(number)))
    with pytest.raises(BadRelease):
        guard.note("ValueError", ("t", "4"))
    assert guard.paused_for == "ValueError"


def test_one_key_may_fail_often_and_five_keys_may_fail_over_time():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    for _ in range(20):
        guard.note("ValueError", ("t", "same"))
    for number in range(20):
        hands.at += 61
        guard.note("ValueError", ("t", str(number)))
    assert guard.paused_for is None


def test_an_operator_may_let_the_failures_of_a_minute_become_dead_letters():
    hands = Hands()
    guard = ReleaseGuard(clock=hands)
    guard.resume(accept_failures=True)
    for number in range(9):
        guard.note("ValueError", ("t", str(number)))
    assert guard.paused_for is None


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
