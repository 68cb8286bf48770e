from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from chassis.domain import SHANGHAI, FileClock
from chassis.health import HealthState
from chassis.poll_handling import FailureBreaker, FailureBreakerOpen
from chassis.poll_handling.resume_signals import ResumeSignal
from chassis.resilience import backoff_s

NEVER = ResumeSignal()


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_stuck_loop_is_named_after_a_minute():
    hands = Hands()
    health = HealthState(hands)
    health.tick("relay")
    hands.at += 59
    assert health.stuck() == {}
    hands.at += 2
    assert health.stuck() == {"relay": "no tick for 61 s"}


def test_no_loop_is_blamed_while_something_outside_fails():
    hands = Hands()
    health = HealthState(hands)
    health.tick("relay")
    health.trouble("kafka", "no broker")
    for _ in range(20):
        hands.at += 30
        health.trouble("kafka", "no broker")
        assert health.stuck() == {}
    assert health.unready() == {"kafka": "no broker"}
    health.recovered("kafka")
    assert health.stuck() == {}
    assert health.unready() == {}


def test_an_outage_that_is_not_reported_again_hides_no_stuck_loop():
    hands = Hands()
    health = HealthState(hands)
    health.tick("relay")
    health.trouble("kafka", "no broker")
    hands.at += 61
    assert health.stuck() == {"relay": "no tick for 61 s"}
    assert health.unready() == {"kafka": "no broker"}


def fail(breaker: FailureBreaker, keys: int, last: ResumeSignal = NEVER) -> None:
    """Fail this many new keys with one cause. `last`: the operator's last resume signal, which the breaker gets when it
    trips.
    """
    for _ in range(keys):
        if breaker.note("ValueError", ("t", str(uuid4()))):
            breaker.trip("ValueError", last)


def test_five_keys_with_one_cause_within_a_minute_pause_the_subscriber():
    breaker = FailureBreaker(clock=Hands())
    fail(breaker, 4)
    with pytest.raises(FailureBreakerOpen):
        fail(breaker, 1)
    assert breaker.paused_for == "ValueError"


def test_one_key_may_fail_often_and_five_keys_may_fail_over_time():
    hands = Hands()
    breaker = FailureBreaker(clock=hands)
    for _ in range(20):
        assert not breaker.note("ValueError", ("t", "same"))
    for _ in range(20):
        hands.at += 61
        fail(breaker, 1)
    assert breaker.paused_for is None


def test_an_operator_may_let_the_failures_of_a_minute_become_dead_letters():
    breaker = FailureBreaker(clock=Hands())
    breaker.resume(accept_failures=True)
    fail(breaker, 9)
    assert breaker.paused_for is None


def test_only_a_command_newer_than_the_pause_ends_it():
    breaker = FailureBreaker(clock=Hands())
    before = ResumeSignal(audit_id=7, age_s=300)
    with pytest.raises(FailureBreakerOpen):
        fail(breaker, 5, before)
    assert not breaker.resume_if_newer(before)
    assert breaker.resume_if_newer(ResumeSignal(audit_id=8, age_s=0.2))
    fail(breaker, 4)
    assert breaker.paused_for is None


def test_failures_accepted_on_another_replica_are_accepted_for_the_rest_of_the_minute():
    hands = Hands()
    breaker = FailureBreaker(clock=hands)
    fail(breaker, 9, ResumeSignal(audit_id=8, age_s=20, accept_failures=True))
    hands.at += 39
    fail(breaker, 9)
    hands.at += 2
    with pytest.raises(FailureBreakerOpen):
        fail(breaker, 1)


def test_failures_accepted_more_than_a_minute_ago_are_no_longer():
    with pytest.raises(FailureBreakerOpen):
        fail(FailureBreaker(clock=Hands()), 5, ResumeSignal(audit_id=8, age_s=61, accept_failures=True))


def test_a_paused_replica_accepts_failures_for_the_same_minute_as_all_others():
    hands = Hands()
    breaker = FailureBreaker(clock=hands)
    with pytest.raises(FailureBreakerOpen):
        fail(breaker, 5)
    assert breaker.resume_if_newer(ResumeSignal(audit_id=1, age_s=10, accept_failures=True))
    hands.at += 49
    fail(breaker, 9)
    hands.at += 2
    with pytest.raises(FailureBreakerOpen):
        fail(breaker, 1)


def test_failures_from_before_a_resume_of_another_replica_no_longer_count():
    hands = Hands()
    breaker = FailureBreaker(clock=hands)
    fail(breaker, 4)
    hands.at += 30
    resumed = ResumeSignal(audit_id=8, age_s=10)
    fail(breaker, 4, resumed)
    assert breaker.paused_for is None
    with pytest.raises(FailureBreakerOpen):
        fail(breaker, 1, resumed)


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
