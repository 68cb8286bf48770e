"""Records all commands, answers and faults of the fault rig in an append-only file. It survives a crash of the rig."""

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
    """One line of the file. `act`: the Idempotency-Key of a command, else "". `what`: the command's service, method and
    path, or the name of a fault.
    """

    kind: Kind
    act: str
    account: str
    what: str
    body: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """Each line is on the disk before its request is sent or its fault happens."""

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
        """Record a fault. The last line that the run prints counts it."""
        self.write("fault", what, **body)

    def note(self, what: str, **body: Any) -> None:
        """Record something that is not counted: a fault that is being prepared, or a fault without effect."""
        self.write("note", what, **body)

    def entries(self, *kinds: Kind) -> Iterator[Entry]:
        """The entries of these kinds; without `kinds`, all entries. They are read from the file, never from memory."""
        for line in self.path.read_bytes().splitlines():
            found = orjson.loads(line)
            if not kinds or found["kind"] in kinds:
                yield Entry(found["kind"], found["act"], found["account"], found["what"], found["body"])

    def faults(self) -> int:
        return sum(1 for _ in self.entries("fault"))

    def close(self) -> None:
        self._file.close()
