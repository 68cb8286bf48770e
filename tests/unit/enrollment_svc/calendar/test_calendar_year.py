"""A year of the working calendar, made from the days off and the make-up days of a yearly notice."""

from datetime import date

import pytest

from enrollment_svc.domain.calendar.calendar_year import CalendarInvalid, days_of, working_days
from enrollment_svc.domain.calendar.due_dates import next_working_day


@pytest.mark.row("A61", "A44")
def test_weekdays_work_but_for_the_days_off_and_so_do_made_up_weekends():
    days = working_days(2027, [date(2027, 1, 1), date(2027, 2, 8)], [date(2027, 2, 6)])
    assert len(days) == len(days_of(2027)) == 365
    assert not days[date(2027, 1, 1)]
    assert days[date(2027, 1, 4)]
    assert not days[date(2027, 1, 2)]
    assert days[date(2027, 2, 6)]
    assert next_working_day(date(2027, 2, 5), days) == date(2027, 2, 6)
    assert next_working_day(date(2027, 2, 6), days) == date(2027, 2, 9)


@pytest.mark.row("A61")
@pytest.mark.parametrize(
    ("days_off", "make_up_days"),
    [([date(2026, 12, 31)], []), ([], [date(2028, 1, 1)]), ([date(2027, 2, 6)], [date(2027, 2, 6)])],
)
def test_a_day_of_another_year_or_a_day_both_off_and_worked_is_refused(days_off: list[date], make_up_days: list[date]):
    with pytest.raises(CalendarInvalid):
        working_days(2027, days_off, make_up_days)
