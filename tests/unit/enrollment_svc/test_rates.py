"""Who bears a fee: the city sets it, a district splits the rest."""

from datetime import UTC, datetime

import pytest

from contracts.words import Term
from enrollment_svc.domain.money import Money
from enrollment_svc.domain.rates import PlanRates, Rate, check_split
from enrollment_svc.domain.refusals import RateMissing, SplitWrong

FULL, HALF = Term.FULL_YEAR, Term.HALF_YEAR
CITY = Money(1300, 1300, 0)


def rate(
    money: Money = CITY, *, term: Term = FULL, scope: str = "city", enabled: bool = True, used: bool = False
) -> Rate:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    return Rate(2024, "A", "A类", term, scope, money, 0, None, enabled, False, 1, at, at if used else None)


@pytest.mark.row("A60", "A33", "F041")
@pytest.mark.parametrize(
    ("split", "second_level_fen", "fits"),
    [
        (Money(1300, 1000, 300), 0, True),
        (Money(1300, 1300, 0), 1300, True),
        (Money(1300, 0, 1300), 0, True),
        (Money(1300, 1000, 299), 0, False),
        (Money(1300, 1000, 301), 0, False),
        (Money(1299, 1301, 0), 0, False),
        (Money(1300, 1300, 0), 1301, False),
    ],
)
def test_a_district_moves_only_what_the_city_leaves_to_it(split: Money, second_level_fen: int, fits: bool):
    if fits:
        check_split(CITY, split, second_level_fen)
        return
    with pytest.raises(SplitWrong):
        check_split(CITY, split, second_level_fen)


@pytest.mark.row("A60", "F040")
def test_a_district_pays_its_own_split_and_a_plan_closed_by_anyone_cannot_be_chosen():
    own = rate(Money(1300, 1000, 300), scope="district")
    assert PlanRates({FULL: rate()}, {FULL: own}).find(FULL) is own
    assert PlanRates({FULL: rate(), HALF: rate(term=HALF)}, {FULL: own}).find(HALF) == rate(term=HALF)
    closed = (
        PlanRates(),
        PlanRates({}, {FULL: own}),
        PlanRates({FULL: rate(enabled=False)}),
        PlanRates({FULL: rate()}, {HALF: rate(term=HALF, scope="district", enabled=False)}),
    )
    for found in closed:
        with pytest.raises(RateMissing):
            found.to_pay(2024, "A", FULL)


@pytest.mark.row("A60")
def test_a_price_is_settled_once_the_city_and_the_district_have_used_it():
    assert PlanRates({FULL: rate(used=True)}, used=True).settled(FULL)
    assert not PlanRates({FULL: rate(used=True)}).settled(FULL)
    assert not PlanRates({FULL: rate()}, used=True).settled(FULL)
    assert not PlanRates({FULL: rate(used=True)}, used=True).settled(HALF)
