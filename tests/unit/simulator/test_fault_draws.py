from time import monotonic

import pytest

from simulator.faults.target import Target, target_of
from simulator.faults.trouble import Fault, Trouble


def test_the_same_seed_draws_the_same_fate() -> None:
    fault = Fault(target=Target.CARD, partial_rate=0.3, jitter_ms=100, seed=4)
    first, second = Trouble(fault), Trouble(fault)
    assert [first.leaves_out() for _ in range(100)] == [second.leaves_out() for _ in range(100)]
    assert first.delay_s() == second.delay_s()


def test_a_healthy_party_does_nothing() -> None:
    trouble = Trouble(Fault(target=Target.CENTER))
    assert not any((trouble.fails(), trouble.loses_answer(), trouble.leaves_out(), trouble.garbles()))
    assert (trouble.delay_s(), trouble.wait_s(monotonic())) == (0, 0)


def test_the_rate_limit_lets_a_second_of_requests_pass_and_then_paces() -> None:
    trouble = Trouble(Fault(target=Target.CARD, rate_limit_per_s=5))
    now = monotonic()
    assert [trouble.wait_s(now) for _ in range(5)] == [0] * 5
    assert trouble.wait_s(now) == pytest.approx(0.2, abs=0.01)
    assert trouble.wait_s(now + 0.25) == 0


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/registries/card/query", Target.CARD),
        ("/registries/employment/query", Target.EMPLOYMENT),
        ("/center/submissions/CB1/1/parts/0", Target.CENTER),
        ("/center/vouchers/7", Target.CENTER),
        ("/center/submissions", Target.CENTER),
        ("/center/submissions/CB1/1/decision", None),
        ("/center/policy", None),
        ("/center/figures", None),
        ("/registries/records", None),
        ("/health/ready", None),
    ],
)
def test_only_what_services_ask_can_fail(path: str, target: Target | None) -> None:
    assert target_of(path) == target
