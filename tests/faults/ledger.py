"""What was asked, answered and broken: an append-only file that survives whatever the rig does."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

Kind = Literal["asked", "answered", "refused", "fault", "note"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `act` is the Idempotency-Key of an act, "" for what is none; `what` is a service's path or a fault."""

    kind: Kind
    act: str
    account: str
    what: str
    body: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """Each line is on the disk before what it tells of happens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("ab")

    def write(self, kind: Kind, what: str, *, act: str = "", account: str = "", **body: Any) -> None:
        line = {"at": time.time(), "kind": kind, "act": act, "account": account, "what": what, "body": body}
        with self._lock:
            self._file.write(orjson.dumps(line, default=str) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def fault(self, what: str, **body: Any) -> None:
        """A breakage that happens; counted in the closing line."""
        self.write("fault", what, **body)

    def note(self, what: str, **body: Any) -> None:
        """What is worth knowing and no fault: a breakage that is prepared, or that hit nothing."""
        self.write("note", what, **body)

    def entries(self, *kinds: Kind) -> Iterator[Entry]:
        """Read back from the file, never from memory."""
        for line in self.path.read_bytes().splitlines():
            found = orjson.loads(line)
            if not kinds or found["kind"] in kinds:
                yield Entry(found["kind"], found["act"], found["account"], found["what"], found["body"])

    def faults(self) -> int:
        return sum(1 for _ in self.entries("fault"))

    def close(self) -> None:
        self._file.close()
