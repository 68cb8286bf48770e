"""The business clock of a demo stack. A stack that was not started as a demo has none to set."""

from datetime import UTC, datetime

from enrollctl.errors import Failure
from enrollctl.files import write_json
from enrollctl.folders import Folders


def set_business_clock(folders: Folders, business: datetime, *, real: datetime | None = None) -> None:
    """From `real` (now) on, business time runs at real speed from `business`, an aware instant."""
    if business.tzinfo is None:
        raise Failure("the business clock needs an instant with its time zone, such as 2024-05-10T09:00:00+08:00")
    write_json(folders.clock, {"business": business.isoformat(), "real": (real or datetime.now(UTC)).isoformat()})
