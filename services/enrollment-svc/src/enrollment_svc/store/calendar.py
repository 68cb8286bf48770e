"""The working calendar as a table of our own: seeded from the published schedule, an entry made by hand stays."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]

PUBLISHED = "published"


async def days_after(connection: "Connection", day: date, count: int) -> dict[date, bool]:
    """Whether the days that follow are working days, as far as the calendar knows."""
    rows = await connection.fetch(
        "SELECT day, working FROM working_days WHERE day > $1 AND day <= $1 + $2::int", day, count
    )
    return {row["day"]: row["working"] for row in rows}


async def seed(connection: "Connection", days: Mapping[date, bool]) -> None:
    """Enter published days, sorted; what is there already stays."""
    await connection.execute(
        """INSERT INTO working_days (day, working, origin)
           SELECT d, w, $3 FROM unnest($1::date[], $2::boolean[]) AS t(d, w) ORDER BY d
           ON CONFLICT (day) DO NOTHING""",
        sorted(days),
        [days[day] for day in sorted(days)],
        PUBLISHED,
    )
