"""Dates, terms and money, by the vectors."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.words import EnrollmentType, Term
from enrollment_svc.domain.cover import cover, open_year
from enrollment_svc.domain.money import Money
from enrollment_svc.domain.refusals import WindowClosed, YearClosed

IMMEDIATE, CENTRALIZED = EnrollmentType.IMMEDIATE, EnrollmentType.CENTRALIZED
FULL, HALF = Term.FULL_YEAR, Term.HALF_YEAR
A_FULL, A_HALF = Money(1300, 1300, 0), Money(650, 650, 0)
SHARES = st.integers(min_value=0, max_value=10**9)


@pytest.mark.row("F180", "F181", "F182", "F132", "A03")
@pytest.mark.parametrize(
    ("submitted", "start_on", "term"),
    [
        ("2024-05-10T00:00:00+08:00", date(2024, 5, 11), FULL),
        ("2024-05-10T23:59:59+08:00", date(2024, 5, 11), FULL),
        ("2024-05-11T00:00:00+08:00", date(2024, 5, 12), FULL),
        ("2024-06-29T12:00:00+08:00", date(2024, 6, 30), FULL),
        ("2024-06-30T12:00:00+08:00", date(2024, 7, 1), HALF),
        ("2024-12-30T12:00:00+08:00", date(2024, 12, 31), HALF),
    ],
)
def test_cover_starts_the_day_after_and_the_term_follows_the_start(submitted: str, start_on: date, term: Term):
    covered = cover(IMMEDIATE, 2024, datetime.fromisoformat(submitted))
    assert (covered.start_on, covered.end_on, covered.term) == (start_on, date(2024, 12, 31), term)


@pytest.mark.row("A02")
def test_the_last_day_of_the_year_is_refused_and_rolls_nothing_over():
    with pytest.raises(YearClosed, match="本保障年度已截止"):
        cover(IMMEDIATE, 2024, datetime.fromisoformat("2024-12-31T00:00:00+08:00"))


@pytest.mark.row("A36", "A55")
@pytest.mark.parametrize(("today", "open_"), [("2023-11-30", False), ("2023-12-01", True), ("2024-02-01", False)])
def test_centralized_enrollment_has_its_window_and_covers_the_whole_year(today: str, open_: bool):
    now = datetime.fromisoformat(f"{today}T10:00:00+08:00")
    if not open_:
        with pytest.raises(WindowClosed):
            cover(CENTRALIZED, 2024, now)
        return
    covered = cover(CENTRALIZED, 2024, now)
    assert (covered.start_on, covered.end_on, covered.term) == (date(2024, 1, 1), date(2024, 12, 31), FULL)


@pytest.mark.row("A55")
def test_the_year_that_is_open_follows_the_type():
    assert open_year(IMMEDIATE, date(2023, 12, 5)) == 2023
    assert open_year(CENTRALIZED, date(2023, 12, 5)) == 2024
    assert open_year(CENTRALIZED, date(2024, 1, 31)) == 2024


def test_another_year_than_the_open_one_is_refused():
    with pytest.raises(WindowClosed):
        cover(IMMEDIATE, 2025, datetime.fromisoformat("2024-05-10T10:00:00+08:00"))


@pytest.mark.row("F145", "F146", "F147", "F148", "F224")
@pytest.mark.parametrize(
    ("rate", "heads", "yuan"),
    [
        (A_FULL, 31, (806, 403, 403, 0)),
        (A_FULL, 2, (52, 26, 26, 0)),
        (A_FULL, 1, (26, 13, 13, 0)),
        (A_FULL, 3, (78, 39, 39, 0)),
        (A_HALF, 1, (13, 6.5, 6.5, 0)),
    ],
)
def test_money_of_plan_a(rate: Money, heads: int, yuan: tuple[float, ...]):
    fee = rate.times(heads)
    assert (fee.total_fen, fee.city_fen, fee.district_fen, fee.unit_fen) == tuple(int(y * 100) for y in yuan)


@pytest.mark.row("D25")
@given(SHARES, SHARES, SHARES, st.lists(st.integers(min_value=0, max_value=100_000), max_size=5))
def test_shares_always_sum_to_the_total(city: int, district: int, unit: int, heads: list[int]):
    rate = Money(city, district, unit)
    total = sum((rate.times(n) for n in heads), Money())
    assert total == rate.times(sum(heads))
    assert total.total_fen == rate.total_fen * sum(heads)
