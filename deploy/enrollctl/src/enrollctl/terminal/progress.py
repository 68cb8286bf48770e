"""Progress of a start or a stop, reported as it happens."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class StepState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one step. `done` of `total` if the work can be counted, else None."""

    step: str
    state: StepState = StepState.RUNNING
    detail: str = ""
    done: int | None = None
    total: int | None = None


ProgressCallback = Callable[[Progress], None]


def tell_nobody(news: Progress) -> None:
    """For callers that show no progress."""


class ProgressFile:
    """Progress as JSON lines, so that the command that started a supervisor in the background can show it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def clear(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("", encoding="utf-8")

    def tell(self, news: Progress) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(news), ensure_ascii=False) + "\n")

    def new(self) -> Iterator[Progress]:
        """Progress written since the last call; a line that is still being written is left for the next call."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._read = file.tell()
                fields = json.loads(line)
                yield Progress(**fields | {"state": StepState(fields["state"])})
