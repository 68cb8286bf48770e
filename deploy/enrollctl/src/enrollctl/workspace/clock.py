"""The business clock of a demo stack. Other stacks use the time of the machine."""

from datetime import UTC, datetime

from enrollctl.errors import Failure
from enrollctl.workspace.files import write_json
from enrollctl.workspace.folders import Folders


def set_business_clock(folders: Folders, business: datetime, *, real: datetime | None = None) -> None:
    """Set the business clock: it shows `business` at the real time `real` (default: now) and runs on from there."""
    if business.tzinfo is None:
        raise Failure("the business clock needs an instant with its time zone, such as 2024-05-10T09:00:00+08:00")
    write_json(folders.clock, {"business": business.isoformat(), "real": (real or datetime.now(UTC)).isoformat()})
