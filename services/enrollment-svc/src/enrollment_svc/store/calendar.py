"""The working calendar as a table of our own: seeded from the published schedule, an entry made by hand stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chassis.sql import Connection

PUBLISHED = "published"
ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class Day:
    """`origin`: `published` or `entered` by hand, then with a reason."""

    day: date
    working: bool
    origin: str
    reason: str | None
    version: int


async def days_after(connection: Connection, day: date, count: int) -> dict[date, bool]:
    """Whether the days that follow are working days, as far as the calendar knows."""
    rows = await connection.fetch(
        "SELECT day, working FROM working_days WHERE day > $1 AND day <= $1 + $2::int", day, count
    )
    return {row["day"]: row["working"] for row in rows}


async def of_year(connection: Connection, year: int) -> list[Day]:
    """What is stored of a year, in order."""
    rows = await connection.fetch(
        """SELECT day, working, origin, reason, version FROM working_days
           WHERE day BETWEEN make_date($1, 1, 1) AND make_date($1, 12, 31) ORDER BY day""",
        year,
    )
    return [Day(**row) for row in rows]


async def lock_day(connection: Connection, day: date) -> Day | None:
    """A day as stored, held for a change."""
    row = await connection.fetchrow(
        "SELECT day, working, origin, reason, version FROM working_days WHERE day = $1 FOR UPDATE", day
    )
    return Day(**row) if row else None


async def seed(connection: Connection, days: Mapping[date, bool]) -> None:
    """Enter published days, sorted; what is there already stays."""
    await connection.execute(
        """INSERT INTO working_days (day, working, origin)
           SELECT d, w, $3 FROM unnest($1::date[], $2::boolean[]) AS t(d, w) ORDER BY d
           ON CONFLICT (day) DO NOTHING""",
        sorted(days),
        [days[day] for day in sorted(days)],
        PUBLISHED,
    )


async def enter(connection: Connection, days: Mapping[date, bool], reason: str) -> int:
    """Enter days by hand, sorted, over whatever was there; returns how many are new or another than before."""
    rows = await connection.fetch(
        """INSERT INTO working_days AS w (day, working, origin, reason)
           SELECT d, w, $3, $4 FROM unnest($1::date[], $2::boolean[]) AS t(d, w) ORDER BY d
           ON CONFLICT (day) DO UPDATE
           SET working = excluded.working, origin = excluded.origin, reason = excluded.reason, version = w.version + 1
           WHERE (w.working, w.origin) IS DISTINCT FROM (excluded.working, excluded.origin)
           RETURNING day""",
        sorted(days),
        [days[day] for day in sorted(days)],
        ENTERED,
        reason,
    )
    return len(rows)
