"""What the supervisor knows of a part: how it is launched, when it is ready, how it is asked to stop."""

import signal
import subprocess
from typing import Protocol


class Part(Protocol):
    """Kafka, PostgreSQL or a service."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str:
        """`kafka`, `postgres` or `service`: decides the order of stopping."""

    @property
    def port(self) -> int: ...

    @property
    def stopping(self) -> "Stopping": ...

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process with what was prepared; ports stay the same over restarts."""

    def reasons_not_ready(self) -> list[str]:
        """Empty when the part does its work. Never raises, never waits longer than two seconds."""


class Stopping:
    """How a kind of part ends: ask with `polite`, after `grace` seconds insist with `last`, then SIGKILL."""

    def __init__(self, polite: signal.Signals, grace: float, last: signal.Signals = signal.SIGKILL) -> None:
        self.polite = polite
        self.grace = grace
        self.last = last


#: PostgreSQL: SIGINT is its fast shutdown, SIGQUIT the one that leaves recovery to the next start.
STOPPINGS = {
    "service": Stopping(signal.SIGTERM, 20),
    "kafka": Stopping(signal.SIGTERM, 30),
    "postgres": Stopping(signal.SIGINT, 30, signal.SIGQUIT),
}
