"""When submissions for a protection year are accepted."""

from datetime import date

import pytest

from contracts.words import EnrollmentType
from enrollment_svc.domain.rates.windows import (
    Window,
    check_window,
    default_window,
    of_year,
    open_years,
    year_to_submit,
)
from enrollment_svc.domain.refusals import WindowInvalid, YearNotChosen

IMMEDIATE, CENTRALIZED = EnrollmentType.IMMEDIATE, EnrollmentType.CENTRALIZED
#: The window of centralized enrollment (集中) for 2024 stays open until autumn. The window for 2025 opens early.
AUTUMN = [
    Window(2024, CENTRALIZED, date(2023, 12, 1), date(2024, 11, 30), 1),
    Window(2025, CENTRALIZED, date(2024, 11, 1), date(2025, 1, 31), 1),
]


@pytest.mark.row("A55")
@pytest.mark.parametrize(
    ("kind", "opens_on", "closes_on"),
    [
        (IMMEDIATE, date(2024, 1, 1), date(2024, 12, 30)),
        (CENTRALIZED, date(2023, 12, 1), date(2024, 1, 31)),
    ],
)
def test_the_default_windows(kind: EnrollmentType, opens_on: date, closes_on: date):
    window = default_window(kind, 2024)
    assert (window.opens_on, window.closes_on, window.version) == (opens_on, closes_on, 0)
    assert window.open_on(opens_on)
    assert window.open_on(closes_on)
    assert not window.open_on(date.fromordinal(opens_on.toordinal() - 1))
    assert not window.open_on(date.fromordinal(closes_on.toordinal() + 1))


@pytest.mark.row("A55")
def test_the_open_year_is_taken_where_there_is_one():
    assert year_to_submit(IMMEDIATE, None, date(2023, 12, 5), []) == 2023
    assert year_to_submit(CENTRALIZED, None, date(2023, 12, 5), []) == 2024
    assert year_to_submit(CENTRALIZED, None, date(2024, 1, 31), []) == 2024
    assert open_years(CENTRALIZED, date(2024, 5, 1), []) == []
    assert year_to_submit(CENTRALIZED, None, date(2024, 5, 1), []) == 2024


@pytest.mark.row("A55")
def test_with_two_open_windows_the_handler_picks_the_year():
    assert open_years(CENTRALIZED, date(2024, 11, 5), AUTUMN) == [2024, 2025]
    with pytest.raises(YearNotChosen) as refused:
        year_to_submit(CENTRALIZED, None, date(2024, 11, 5), AUTUMN)
    assert refused.value.detail == {"years": [2024, 2025]}
    assert year_to_submit(CENTRALIZED, 2025, date(2024, 11, 5), AUTUMN) == 2025
    assert of_year(CENTRALIZED, 2026, AUTUMN) == default_window(CENTRALIZED, 2026)


@pytest.mark.row("A55")
@pytest.mark.parametrize(
    ("kind", "opens_on", "closes_on", "fits"),
    [
        (IMMEDIATE, "2024-01-01", "2024-12-30", True),
        (IMMEDIATE, "2024-01-01", "2024-12-31", False),
        (IMMEDIATE, "2023-12-31", "2024-12-30", False),
        (IMMEDIATE, "2024-05-02", "2024-05-01", False),
        (CENTRALIZED, "2023-01-01", "2024-12-31", True),
        (CENTRALIZED, "2022-12-31", "2024-01-31", False),
    ],
)
def test_a_window_lies_where_its_cover_can_start(kind: EnrollmentType, opens_on: str, closes_on: str, fits: bool):
    window = Window(2024, kind, date.fromisoformat(opens_on), date.fromisoformat(closes_on))
    if fits:
        assert check_window(window) is window
        return
    with pytest.raises(WindowInvalid):
        check_window(window)
