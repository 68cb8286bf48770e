"""The benchmark asks again and again whether a stage is done. It notices the end soon, although it asks rarely."""

import pytest

from bench.waiting import LEAST_S, MOST_S, next_pause


def test_a_pause_is_half_of_the_time_that_the_rest_will_take():
    assert next_pause(2.0, 900, 1000) == pytest.approx(2.0 / 9 / 2)


@pytest.mark.parametrize(("done", "total"), [(0, 0), (0, 1000), (1000, 1000)])
def test_without_an_estimate_a_pause_grows_with_the_time_that_has_passed(done: int, total: int):
    assert next_pause(4.0, done, total) == pytest.approx(0.1)


def test_pauses_have_bounds():
    assert next_pause(0.0, 0, 0) == LEAST_S
    assert next_pause(100.0, 1, 1000) == MOST_S


def test_a_stage_of_twenty_seconds_is_polled_rarely_and_noticed_early():
    elapsed, polls = 0.0, 0
    while elapsed < 20.0:
        elapsed += next_pause(elapsed, int(elapsed * 50), 1000)
        polls += 1
    assert elapsed < 20.1
    assert polls < 100
