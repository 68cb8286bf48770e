"""Due times by the Chinese working calendar. If the calendar lacks the year, there is an alarm and no due time."""

from datetime import date, datetime, timedelta

import chinese_calendar
import structlog
from prometheus_client import Counter

from chassis.sql import Connection
from enrollment_svc.domain.calendar import due_dates
from enrollment_svc.domain.calendar.calendar_year import days_of
from enrollment_svc.store import calendar
from enrollment_svc.store.calendar import PUBLISHED, Day

log = structlog.get_logger()

years_missing = Counter(
    "ue_calendar_years_missing_total", "Due times not given, because the working calendar lacks the year", ["year"]
)


async def due_at(connection: Connection, requested_at: datetime) -> datetime | None:
    """17:30 of the next working day after the request's date.

    Days that the calendar lacks are first added from the published schedule. If a day up to the due time is still
    missing, the result is None, and a log entry and a metric raise the alarm.
    """
    requested_on = requested_at.date()
    days = await calendar.days_after(connection, requested_on, due_dates.LONGEST_BREAK_DAYS)
    due = due_dates.due_at(requested_at, days)
    if due is None:
        days = published_year(requested_on.year) | published_year(requested_on.year + 1)
        await calendar.seed(connection, days)
        days = days | await calendar.days_after(connection, requested_on, due_dates.LONGEST_BREAK_DAYS)
        due = due_dates.due_at(requested_at, days)
    if due is None:
        year = _first_missing(requested_on, days).year
        years_missing.labels(str(year)).inc()
        log.error("calendar_year_missing", year=year, remedy="update chinesecalendar or enter the year's days")
    return due


def published_year(year: int) -> dict[date, bool]:
    """Every day of a year as the State Council published it; empty for a year that `chinese_calendar` does not have."""
    try:
        return {day: chinese_calendar.is_workday(day) for day in days_of(year)}
    except NotImplementedError:
        return {}


async def year(connection: Connection, year: int) -> list[Day]:
    """The known days of a year. A stored day replaces the published one."""
    stored = {day.day: day for day in await calendar.of_year(connection, year)}
    published = {day: Day(day, working, PUBLISHED, None, 0) for day, working in published_year(year).items()}
    return [day for _, day in sorted((published | stored).items())]


def _first_missing(after: date, days: dict[date, bool]) -> date:
    day = after + timedelta(days=1)
    while day in days:
        day += timedelta(days=1)
    return day
