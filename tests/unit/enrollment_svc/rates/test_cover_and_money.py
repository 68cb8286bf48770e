"""Dates, terms and money, with the test vectors in `docs/formulas.md`."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.words import EnrollmentType, Term
from enrollment_svc.domain.rates.cover import Cover, cover, month_day, term_of
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.rates.windows import Window
from enrollment_svc.domain.refusals import WindowClosed, YearClosed
from enrollment_svc.usecases.rates.rates import shares

IMMEDIATE, CENTRALIZED = EnrollmentType.IMMEDIATE, EnrollmentType.CENTRALIZED
FULL, HALF = Term.FULL_YEAR, Term.HALF_YEAR
A_FULL, A_HALF = Money(1300, 1300, 0), Money(650, 650, 0)
FEN = st.integers(min_value=0, max_value=10**9)
RATES = st.builds(Money, FEN, FEN, FEN)


def at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


@pytest.mark.row("F180", "F181", "F182", "A01", "A03")
@pytest.mark.parametrize(
    ("submitted", "start_on", "term"),
    [
        ("2024-05-10T00:00:00+08:00", date(2024, 5, 11), FULL),
        ("2024-05-10T23:59:59+08:00", date(2024, 5, 11), FULL),
        ("2024-05-11T00:00:00+08:00", date(2024, 5, 12), FULL),
        ("2024-06-29T12:00:00+08:00", date(2024, 6, 30), FULL),
        ("2024-06-29T23:59:59+08:00", date(2024, 6, 30), FULL),
        ("2024-06-30T00:00:00+08:00", date(2024, 7, 1), HALF),
        ("2024-06-30T12:00:00+08:00", date(2024, 7, 1), HALF),
        ("2024-12-30T23:59:59+08:00", date(2024, 12, 31), HALF),
    ],
)
def test_cover_starts_the_day_after_and_the_term_follows_the_start(submitted: str, start_on: date, term: Term):
    assert cover(IMMEDIATE, 2024, at(submitted)) == Cover(2024, start_on, date(2024, 12, 31), term)


@pytest.mark.row("A02", "D27")
@pytest.mark.parametrize(
    "submitted", ["2024-12-31T00:00:00+08:00", "2024-12-31T23:59:59+08:00", "2025-01-01T00:00:00+08:00"]
)
def test_the_last_day_of_the_year_is_refused_and_rolls_nothing_over(submitted: str):
    with pytest.raises(YearClosed, match="本保障年度已截止"):
        cover(IMMEDIATE, 2024, at(submitted))


@pytest.mark.row("A03")
def test_days_are_not_counted_and_the_cut_off_is_data():
    assert term_of(date(2024, 7, 1)) is HALF
    assert (date(2024, 12, 31) - date(2024, 7, 1)).days + 1 > 366 / 2
    assert term_of(date(2024, 7, 1), month_day("08-01")) is FULL
    with pytest.raises(ValueError, match="day"):
        month_day("02-30")


@pytest.mark.row("A36", "A55")
@pytest.mark.parametrize(
    ("now", "open_"),
    [
        ("2023-11-30T23:59:59+08:00", False),
        ("2023-12-01T00:00:00+08:00", True),
        ("2024-01-31T23:59:59+08:00", True),
        ("2024-02-01T00:00:00+08:00", False),
    ],
)
def test_centralized_enrollment_has_its_window_and_covers_the_whole_year(now: str, open_: bool):
    if not open_:
        with pytest.raises(WindowClosed):
            cover(CENTRALIZED, 2024, at(now))
        return
    assert cover(CENTRALIZED, 2024, at(now)) == Cover(2024, date(2024, 1, 1), date(2024, 12, 31), FULL)


@pytest.mark.row("A55")
def test_another_year_than_the_open_one_and_a_day_outside_a_set_window_are_refused():
    with pytest.raises(WindowClosed):
        cover(IMMEDIATE, 2025, at("2024-05-10T10:00:00+08:00"))
    spring = Window(2024, IMMEDIATE, date(2024, 3, 1), date(2024, 4, 30))
    with pytest.raises(WindowClosed) as refused:
        cover(IMMEDIATE, 2024, at("2024-05-01T00:00:00+08:00"), window=spring)
    assert refused.value.detail == {"year": 2024, "opens_on": "2024-03-01", "closes_on": "2024-04-30"}
    assert cover(IMMEDIATE, 2024, at("2024-04-30T23:59:59+08:00"), window=spring).start_on == date(2024, 5, 1)


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
@given(st.lists(st.tuples(RATES, st.lists(st.integers(1, 60), min_size=1, max_size=4)), min_size=1, max_size=5))
def test_people_lines_and_batch_say_one_sum_for_any_rates(table: list[tuple[Money, list[int]]]):
    """Each item of `table` is a batch: its rate, and the number of people in each of its lines."""
    for rate, heads in table:
        lines = [rate.times(n) for n in heads]
        people = [rate for n in heads for _ in range(n)]
        batch = sum(lines, Money())
        assert batch == sum(people, Money()) == rate.times(sum(heads))
        fee = shares(batch)
        assert fee.city_fen + fee.district_fen + fee.unit_fen == fee.total_fen == rate.total_fen * sum(heads)
        assert all(type(fen) is int for fen in (fee.total_fen, fee.city_fen, fee.district_fen, fee.unit_fen))
