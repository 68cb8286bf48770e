"""A year of the working calendar, from the State Council's notice: days off, and weekend days that are working days."""

from collections.abc import Collection
from datetime import date, timedelta

from chassis.domain import Refusal

SATURDAY = 5


class CalendarInvalid(Refusal):
    code = "CALENDAR_INVALID"
    status = 422
    message = "放假日期或调休上班日期有误：日期须在该年度内，且同一天不能既放假又上班，请修改后重试"


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def working_days(year: int, days_off: Collection[date], make_up_days: Collection[date]) -> dict[date, bool]:
    """Whether each day of the year is a working day: Monday to Friday except `days_off`, and the `make_up_days`.

    Raises CalendarInvalid if a date is in another year or in both lists.
    """
    outside = [day for day in (*days_off, *make_up_days) if day.year != year]
    both = set(days_off) & set(make_up_days)
    if outside or both:
        raise CalendarInvalid(days=sorted(day.isoformat() for day in {*outside, *both}))
    off, made_up = frozenset(days_off), frozenset(make_up_days)
    return {day: day in made_up or (day.weekday() < SATURDAY and day not in off) for day in days_of(year)}
