"""Windows that the municipal union has set (A55)."""

from datetime import datetime

from chassis.sql import Connection
from contracts.words import EnrollmentType
from enrollment_svc.domain.windows import Window

_KINDS = {word.value: word for word in EnrollmentType}


async def of_years(connection: Connection, first: int, last: int) -> list[Window]:
    """The windows that are set for these years."""
    rows = await connection.fetch(
        """SELECT year, enrollment_type, opens_on, closes_on, version FROM enrollment_windows
           WHERE year BETWEEN $1 AND $2""",
        first,
        last,
    )
    return [Window(r["year"], _KINDS[r["enrollment_type"]], r["opens_on"], r["closes_on"], r["version"]) for r in rows]


async def lock(connection: Connection, kind: EnrollmentType, year: int) -> Window | None:
    """A window that is set, held for a change."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"window {year} {kind.value}")
    return next((w for w in await of_years(connection, year, year) if w.kind is kind), None)


async def put(connection: Connection, window: Window, at: datetime) -> None:
    """Set a window."""
    await connection.execute(
        """INSERT INTO enrollment_windows (year, enrollment_type, opens_on, closes_on, version, set_at)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (year, enrollment_type) DO UPDATE
           SET opens_on = excluded.opens_on, closes_on = excluded.closes_on, version = excluded.version,
               set_at = excluded.set_at""",
        window.year,
        window.kind,
        window.opens_on,
        window.closes_on,
        window.version,
        at,
    )
