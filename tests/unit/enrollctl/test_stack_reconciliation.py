"""How the figures of two stores are compared."""

import pytest

from contracts.topics import UNIONS
from enrollctl.reconciliation.comparisons import (
    CENTER,
    COMPARISONS,
    ENROLLMENT,
    MEMBER,
    PAYMENT,
    Comparison,
    StoreQuery,
)
from enrollctl.reconciliation.discrepancies import Figures, advice, compare

PEOPLE = Comparison("members", "union", StoreQuery(MEMBER, ""), StoreQuery(ENROLLMENT, ""))
MONEY = Comparison("yuan paid", "submission", StoreQuery(PAYMENT, ""), StoreQuery(CENTER, ""), fen=True)


def test_the_same_under_every_key_is_agreement():
    assert compare(PEOPLE, {"u1": (3, "d"), "u2": (1, "e")}, {"u2": (1, "e"), "u1": (3, "d")}) is None
    assert compare(PEOPLE, {}, {}) is None


def test_an_emptied_store_is_named_with_both_numbers():
    found = compare(PEOPLE, {"u3": (434, "x")}, {"u1": (3000, "a"), "u2": (477, "b"), "u3": (434, "x")})
    assert found is not None
    assert found.message() == "members: member-svc 434, enrollment-svc 3,911; not the same in 2 unions (u1, u2)"
    assert found.stores_with_less() == {MEMBER}
    assert "member-svc was emptied or lost" in advice([found])


def test_as_many_but_others_is_no_agreement():
    found = compare(PEOPLE, {"u1": (3, "one")}, {"u1": (3, "other")})
    assert found is not None
    assert found.message() == "members: member-svc 3, enrollment-svc 3; not the same in 1 union (u1)"
    assert found.stores_with_less() == {MEMBER, ENROLLMENT}


def test_money_is_told_in_yuan_and_many_keys_are_not_listed():
    one: Figures = {f"S{at}": (1300,) for at in range(9)}
    found = compare(MONEY, one, {})
    assert found is not None
    assert found.message() == (
        "yuan paid: payment-svc 117.00, simulator 0.00; not the same in 9 submissions (S0, S1, S2, …)"
    )


@pytest.mark.parametrize("store", [MEMBER, CENTER, *UNIONS.consumers])
def test_every_store_is_asked(store: str):
    assert store in {side.store for comparison in COMPARISONS for side in (comparison.one, comparison.other)}
