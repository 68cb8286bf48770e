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
    """Set every day of a year. Returns the number of days that are new or changed. Raises CalendarInvalid."""
    days = working_days(year, days_off, make_up_days)
    return await calendar.enter(work.connection, days, reason)


async def set_day(
    year: int, day: date, working: bool, expected_version: int | None, reason: str, work: UnitOfWork
) -> Day:
    """Set one day. `expected_version` None = any version. Raises CalendarInvalid, StaleVersion."""
    if day.year != year:
        raise CalendarInvalid(days=[day.isoformat()])
    before = await calendar.lock_day(work.connection, day)
    version = before.version if before else 0
    if expected_version not in (None, version):
        raise StaleVersion(version=version)
    await calendar.enter(work.connection, {day: working}, reason)
    [stored] = [entry for entry in await calendar.of_year(work.connection, year) if entry.day == day]
    return stored
