"""Who pays a fee: the city sets the fee and its own share, and a district splits the rest."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from chassis.validation import problems_of
from contracts.words import Term
from enrollment_svc.api.rates.rates import SharesSent
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.rates.rates import PlanRates, Rate, check_split
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


@pytest.mark.parametrize(
    ("split", "second_level_fen", "text"),
    [
        (Money(1300, 1400, 100), 0, "合计28.00元，比保障费用26.00元多2.00元，请修改"),
        (Money(1300, 1000, 295), 0, "合计25.95元，比保障费用26.00元少0.05元，请修改"),
        (Money(1299, 1301, 0), 0, "市总承担部分须为13.00元，填写的是12.99元，相差0.01元，请改回"),
        (Money(1300, 1300, 0), 1301, "二级工会承担部分13.01元，比区局/各级工会缴费13.00元多0.01元，请修改"),
    ],
)
def test_a_wrong_split_is_told_which_sum_differs_and_by_how_much(split: Money, second_level_fen: int, text: str):
    with pytest.raises(SplitWrong) as refused:
        check_split(CITY, split, second_level_fen)
    assert text in refused.value.text


@pytest.mark.parametrize(
    ("district_fen", "text"),
    [
        (1500, "合计28.00元，比保障费用26.00元多2.00元，请修改"),
        (1295, "合计25.95元，比保障费用26.00元少0.05元，请修改"),
    ],
)
def test_shares_that_do_not_add_up_are_told_in_yuan(district_fen: int, text: str):
    sent = {"total_fen": 2600, "city_fen": 1300, "district_fen": district_fen, "unit_fen": 0}
    with pytest.raises(ValidationError) as refused:
        SharesSent.model_validate(sent)
    assert text in problems_of(refused.value.errors())[0].message


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
def test_a_price_is_locked_once_the_city_and_the_district_have_used_it():
    assert PlanRates({FULL: rate(used=True)}, used=True).locked(FULL)
    assert not PlanRates({FULL: rate(used=True)}).locked(FULL)
    assert not PlanRates({FULL: rate()}, used=True).locked(FULL)
    assert not PlanRates({FULL: rate(used=True)}, used=True).locked(HALF)
