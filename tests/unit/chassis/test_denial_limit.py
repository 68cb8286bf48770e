"""The first denials of an account are all recorded, and later denials more and more rarely. So nobody can fill the disk
with recorded denials.
"""

from chassis.identity import denials
from chassis.identity.denials import DenialLimit


def recorded(limit: DenialLimit, account: str, times: int, now: float = 0.0) -> list[int]:
    return [number for _ in range(times) if (number := limit.next(account, now)) is not None]


def test_the_first_denials_are_recorded_then_each_doubling():
    assert recorded(DenialLimit(), "li", 300) == [*range(1, 17), 32, 64, 128, 256]


def test_each_account_has_its_own_count_and_each_hour_a_new_one():
    limit = DenialLimit()
    assert len(recorded(limit, "li", 100)) == 18
    assert recorded(limit, "wang", 2) == [1, 2]
    assert recorded(limit, "li", 1, now=3599.0) == []
    assert recorded(limit, "li", 2, now=3600.0) == [1, 2]


def test_many_accounts_together_are_limited_too():
    limit = DenialLimit()
    found = sum(len(recorded(limit, f"account {n}", 10)) for n in range(1000))
    # The first 2,000 denials, then the 2,048th, the 4,096th and the 8,192nd.
    assert found == denials.RECORDED_IN_ALL + 3


def test_the_counts_of_many_accounts_need_bounded_memory():
    limit = DenialLimit()
    for n in range(denials.MOST_ACCOUNTS + 5):
        limit.next(f"account {n}", 0.0)
    assert len(limit._accounts) == denials.MOST_ACCOUNTS
    assert "account 0" not in limit._accounts
    assert f"account {denials.MOST_ACCOUNTS + 4}" in limit._accounts
