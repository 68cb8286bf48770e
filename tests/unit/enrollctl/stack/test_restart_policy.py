from enrollctl.stack.restarts import LONGEST_DELAY, STEADY_AFTER, Restarts


def test_delays_double_from_one_second_to_thirty():
    restarts = Restarts()
    assert [restarts.delay_after(0.1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_steady_life_earns_the_first_delay_again():
    restarts = Restarts()
    for _ in range(5):
        restarts.delay_after(0.1)
    assert restarts.delay_after(STEADY_AFTER) == 1
    assert restarts.delay_after(0.1) == 2
    assert restarts.count == 7


def test_a_long_night_of_deaths_overflows_nothing():
    restarts = Restarts()
    assert {restarts.delay_after(0) for _ in range(5000)} <= {1, 2, 4, 8, 16, LONGEST_DELAY}
