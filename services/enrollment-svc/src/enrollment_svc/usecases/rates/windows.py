"""Read and set the windows of submissions (A55)."""

from typing import TYPE_CHECKING

from chassis.database import UnitOfWork
from chassis.domain import StaleVersion
from chassis.sql import Connection
from enrollment_svc.domain.rates.windows import Window, check_window
from enrollment_svc.store.rates import windows

if TYPE_CHECKING:
    from datetime import date


async def around(connection: Connection, today: "date", year: int | None = None) -> list[Window]:
    """The stored windows of the current year, of the next year, of `year`, and of all years between them."""
    return await windows.of_years(connection, min(year or today.year, today.year), max(year or 0, today.year + 1))


async def set_window(new: Window, expected_version: int | None, work: UnitOfWork) -> Window:
    """Set a window. `expected_version` None = any version. Raises WindowInvalid, StaleVersion."""
    check_window(new)
    stored = await windows.lock(work.connection, new.kind, new.year)
    version = stored.version if stored else 0
    if expected_version not in (None, version):
        raise StaleVersion(version=version)
    if stored and (stored.opens_on, stored.closes_on) == (new.opens_on, new.closes_on):
        return stored
    window = Window(new.year, new.kind, new.opens_on, new.closes_on, version + 1)
    await windows.put(work.connection, window, work.now)
    return window
