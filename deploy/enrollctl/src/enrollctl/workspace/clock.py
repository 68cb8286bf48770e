"""The business clock of a demo stack. Other stacks have no such clock."""

from datetime import UTC, datetime

from enrollctl.errors import Failure
from enrollctl.workspace.files import write_json
from enrollctl.workspace.folders import Folders


def set_business_clock(folders: Folders, business: datetime, *, real: datetime | None = None) -> None:
    """Set the business clock: at the real time `real` (default: now) it shows `business`, and it then runs on."""
    if business.tzinfo is None:
        raise Failure("the business clock needs an instant with its time zone, such as 2024-05-10T09:00:00+08:00")
    write_json(folders.clock, {"business": business.isoformat(), "real": (real or datetime.now(UTC)).isoformat()})
