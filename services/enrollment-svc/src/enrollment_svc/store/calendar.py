"""The table `working_days`. Its days come from the schedule that the State Council published, or an account has entered
them by hand. A published day never overwrites a day that was entered by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chassis.sql import Connection, Statement, columns_of, rows_of
from enrollment_svc.tables import WorkingDayRow

PUBLISHED = "published"
ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class Day:
    """`origin`: `published`, or `entered` by hand. Only an entered day has a reason."""

    day: date
    working: bool
    origin: str
    reason: str | None
    version: int


DAY = columns_of(WorkingDayRow, Day)
WORKING = columns_of(WorkingDayRow, "day", "working")

DAYS_AFTER = Statement(
    "SELECT {working} FROM working_days WHERE day > :day AND day <= :day + :count::int", working=WORKING
)
OF_YEAR = Statement(
    """SELECT {day} FROM working_days
       WHERE day BETWEEN make_date(:year, 1, 1) AND make_date(:year, 12, 31) ORDER BY day""",
    day=DAY,
)
LOCK_DAY = Statement("SELECT {day} FROM working_days WHERE day = :day FOR UPDATE", day=DAY)
SEED = Statement(
    """INSERT INTO working_days ({working}, origin)
       SELECT {working}, :origin FROM {days} AS d ORDER BY day ON CONFLICT (day) DO NOTHING""",
    working=WORKING,
    days=rows_of(WORKING),
)
ENTER = Statement(
    """INSERT INTO working_days AS w ({working}, origin, reason)
       SELECT {working}, :origin, :reason FROM {days} AS d ORDER BY day
       ON CONFLICT (day) DO UPDATE
       SET working = excluded.working, origin = excluded.origin, reason = excluded.reason, version = w.version + 1
       WHERE (w.working, w.origin) IS DISTINCT FROM (excluded.working, excluded.origin)
       RETURNING day""",
    working=WORKING,
    days=rows_of(WORKING),
)


async def days_after(connection: Connection, day: date, count: int) -> dict[date, bool]:
    """Whether the `count` days after `day` are working days. Days that the calendar does not have are left out."""
    return {row["day"]: row["working"] for row in await DAYS_AFTER.fetch(connection, day=day, count=count)}


async def of_year(connection: Connection, year: int) -> list[Day]:
    """The stored days of a year, in order."""
    return DAY.records(await OF_YEAR.fetch(connection, year=year))


async def lock_day(connection: Connection, day: date) -> Day | None:
    """A stored day, locked for a change."""
    row = await LOCK_DAY.fetchrow(connection, day=day)
    return DAY.record(row) if row else None


async def seed(connection: Connection, days: Mapping[date, bool]) -> None:
    """Add published days. Days that are stored already stay as they are."""
    await SEED.execute(connection, days=sorted(days.items()), origin=PUBLISHED)


async def enter(connection: Connection, days: Mapping[date, bool], reason: str) -> int:
    """Enter days by hand. The entered days replace stored days. Returns how many days are new or changed."""
    return len(await ENTER.fetch(connection, days=sorted(days.items()), origin=ENTERED, reason=reason))
