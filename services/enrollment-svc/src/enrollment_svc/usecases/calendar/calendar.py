"""The municipal union edits the working calendar: a whole year, or one day (A61)."""

from collections.abc import Collection
from datetime import date

from chassis.database import UnitOfWork
from chassis.domain import StaleVersion
from enrollment_svc.domain.calendar.calendar_year import CalendarInvalid, working_days
from enrollment_svc.store import calendar
from enrollment_svc.store.calendar import Day


async def set_year(
    year: int, days_off: Collection[date], make_up_days: Collection[date], reason: str, work: UnitOfWork
) -> int:
    """Set every day of a year; returns the number of changed days. Raises CalendarInvalid."""
    days = working_days(year, days_off, make_up_days)
    return await calendar.enter(work.connection, days, reason)


async def set_day(year: int, day: date, working: bool, seen: int | None, reason: str, work: UnitOfWork) -> Day:
    """Set one day. `seen`: the version that the caller saw; None = any. Raises CalendarInvalid, StaleVersion."""
    if day.year != year:
        raise CalendarInvalid(days=[day.isoformat()])
    held = await calendar.lock_day(work.connection, day)
    version = held.version if held else 0
    if seen not in (None, version):
        raise StaleVersion(version=version)
    await calendar.enter(work.connection, {day: working}, reason)
    [stored] = [one for one in await calendar.of_year(work.connection, year) if one.day == day]
    return stored
