"""Progress of a long command, such as the start of a stack, reported while the command runs."""

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
    """Progress of one step.

    `done` of `total` units of work are finished. `done` and `total` are None if the work cannot be counted.
    """

    step: str
    state: StepState = StepState.RUNNING
    detail: str = ""
    done: int | None = None
    total: int | None = None


ProgressCallback = Callable[[Progress], None]


def no_progress(progress: Progress) -> None:
    """A progress callback for callers that show no progress."""


class ProgressFile:
    """Progress as lines of JSON. A supervisor in the background writes them. The command that started it shows them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def clear(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("", encoding="utf-8")

    def write(self, progress: Progress) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(progress), ensure_ascii=False) + "\n")

    def read_new(self) -> Iterator[Progress]:
        """Progress written since the last call. A line that is not complete yet is read by the next call."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._read = file.tell()
                fields = json.loads(line)
                yield Progress(**fields | {"state": StepState(fields["state"])})
