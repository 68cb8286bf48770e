"""Until when a check is promised: 17:30 of the next working day after the request date (F102, A07, A44)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

END_OF_BUSINESS = time(17, 30)
#: The longest run of days off is far below this; past it the calendar is wrong.
LONGEST_BREAK_DAYS = 30


def next_working_day(after: date, working: Mapping[date, bool]) -> date | None:
    """None where the calendar has no entry for a day on the way: a guess would be a wrong promise."""
    day = after
    for _ in range(LONGEST_BREAK_DAYS):
        day += timedelta(days=1)
        if day not in working:
            return None
        if working[day]:
            return day
    return None


def due_at(requested_at: datetime, working: Mapping[date, bool]) -> datetime | None:
    """The request's date alone counts, at any hour and on a day off too. `requested_at` is in Shanghai's time."""
    day = next_working_day(requested_at.date(), working)
    return datetime.combine(day, END_OF_BUSINESS, requested_at.tzinfo) if day else None
