"""The file for the report. Whether it can be written is checked before the demo starts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from enrollctl.errors import Failure


@dataclass(frozen=True, slots=True)
class ReportFile:
    """If `path` is None, no report is written."""

    path: Path | None

    @classmethod
    def of(cls, path: Path | None) -> "ReportFile":
        """The file at `path`. Raises Failure if it cannot be written. An old file stays until a report is written."""
        if path is None:
            return cls(None)
        there = path.exists()
        try:
            with path.open("ab"):
                pass
        except OSError as error:
            raise Failure(
                f"cannot write the report to {path}: {error.strerror}; name a file in a folder that exists"
            ) from None
        if not there:
            path.unlink()
        return cls(path)

    def write(self, found: dict[str, Any]) -> None:
        if self.path is not None:
            self.path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
