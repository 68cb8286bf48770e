"""The business clock, which only business rules use. Tokens, leases and the times of records use the clock of the
machine or of the database.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """Business time, with the time zone Asia/Shanghai."""


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(SHANGHAI)


class FixedClock:
    """A clock that stands still, for tests."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant.astimezone(SHANGHAI)

    def now(self) -> datetime:
        return self.instant


class FileClock:
    """The clock of a demo stack. It is set by a file, then runs at normal speed until the file changes.

    File: `{"business": "2024-05-10T09:00:00+08:00", "real": "<machine time when the clock was set>"}`. As long as there
    is no file, the clock shows machine time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0.0
        self._shift = datetime.now(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        self._follow()
        return (datetime.now(UTC) + self._shift).astimezone(SHANGHAI)

    def _follow(self) -> None:
        try:
            changed_at = self._path.stat().st_mtime
        except FileNotFoundError:
            return
        if changed_at == self._read_at:
            return
        set_to = json.loads(self._path.read_text())
        self._shift = datetime.fromisoformat(set_to["business"]) - datetime.fromisoformat(set_to["real"])
        self._read_at = changed_at


def clock_from(path: Path | None) -> Clock:
    return FileClock(path) if path else MachineClock()
