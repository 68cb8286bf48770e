"""How far a start or a stop has come, told as it happens."""

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
    """One step's news. `done` of `total` where the work can be counted, else None."""

    step: str
    state: StepState = StepState.RUNNING
    detail: str = ""
    done: int | None = None
    total: int | None = None


Tell = Callable[[Progress], None]


def tell_nobody(news: Progress) -> None:
    """For callers that show nothing."""


class ProgressFile:
    """News as JSON lines, so that the command that started a supervisor in the background can show them."""

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
        """What was told since the last call; a line still being written waits for the next."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._read = file.tell()
                fields = json.loads(line)
                yield Progress(**fields | {"state": StepState(fields["state"])})
