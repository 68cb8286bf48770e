"""The due time of a check: 17:30 of the next working day after the request date (F102, A07, A44)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

END_OF_BUSINESS = time(17, 30)
#: The longest holiday is much shorter than this. If this many days in a row contain no working day, the calendar is
#: wrong.
LONGEST_BREAK_DAYS = 30


def next_working_day(after: date, working: Mapping[date, bool]) -> date | None:
    """The first working day after the day `after`.

    None if the search meets a day that `working` does not have, because a guess could give a wrong due time.
    """
    day = after
    for _ in range(LONGEST_BREAK_DAYS):
        day += timedelta(days=1)
        if day not in working:
            return None
        if working[day]:
            return day
    return None


def due_at(requested_at: datetime, working: Mapping[date, bool]) -> datetime | None:
    """The due time, or None if the next working day is not known. `requested_at` is in Shanghai time.

    Only the date of the request counts, not its hour.
    """
    day = next_working_day(requested_at.date(), working)
    return datetime.combine(day, END_OF_BUSINESS, requested_at.tzinfo) if day else None
