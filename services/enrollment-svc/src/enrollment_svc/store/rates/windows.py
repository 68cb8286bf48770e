"""Windows that the municipal union has set (A55)."""

from datetime import datetime

from chassis.sql import Connection, Statement
from contracts.words import EnrollmentType
from enrollment_svc.domain.rates.windows import Window

OF_YEARS = Statement(
    """SELECT year, enrollment_type AS kind, opens_on, closes_on, version FROM enrollment_windows
       WHERE year BETWEEN :first AND :last"""
)
LOCK = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
PUT = Statement(
    """INSERT INTO enrollment_windows (year, enrollment_type, opens_on, closes_on, version, set_at)
       VALUES (:year, :kind, :opens_on, :closes_on, :version, :at)
       ON CONFLICT (year, enrollment_type) DO UPDATE
       SET opens_on = excluded.opens_on, closes_on = excluded.closes_on, version = excluded.version,
           set_at = excluded.set_at"""
)


async def of_years(connection: Connection, first: int, last: int) -> list[Window]:
    """The windows that are set for these years."""
    rows = await OF_YEARS.fetch(connection, first=first, last=last)
    return [Window(**{**row, "kind": EnrollmentType(row["kind"])}) for row in rows]


async def lock(connection: Connection, kind: EnrollmentType, year: int) -> Window | None:
    """Lock the window of a type and year for a change, even if none is stored. Returns the stored window or None."""
    await LOCK.execute(connection, key=f"window {year} {kind.value}")
    return next((w for w in await of_years(connection, year, year) if w.kind is kind), None)


async def put(connection: Connection, window: Window, at: datetime) -> None:
    """Set a window."""
    await PUT.execute(connection, window, at=at)
