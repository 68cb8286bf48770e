"""Read and set the windows of submissions (A55)."""

from typing import TYPE_CHECKING

from chassis.database import UnitOfWork
from chassis.domain import StaleVersion
from chassis.sql import Connection
from enrollment_svc.domain.rates.windows import Window, checked
from enrollment_svc.store.rates import windows

if TYPE_CHECKING:
    from datetime import date


async def around(connection: Connection, today: "date", year: int | None = None) -> list[Window]:
    """The stored windows of this year, of the next year and of `year`."""
    return await windows.of_years(connection, min(year or today.year, today.year), max(year or 0, today.year + 1))


async def set_window(new: Window, seen: int | None, work: UnitOfWork) -> Window:
    """Set a window. `seen`: the version that the caller saw; None = any. Raises WindowInvalid, StaleVersion."""
    checked(new)
    held = await windows.lock(work.connection, new.kind, new.year)
    version = held.version if held else 0
    if seen not in (None, version):
        raise StaleVersion(version=version)
    if held and (held.opens_on, held.closes_on) == (new.opens_on, new.closes_on):
        return held
    window = Window(new.year, new.kind, new.opens_on, new.closes_on, version + 1)
    await windows.put(work.connection, window, work.now)
    return window
