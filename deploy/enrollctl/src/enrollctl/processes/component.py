"""The interface of a component for the supervisor: how it is started, when it is ready, how it is stopped."""

import signal
import subprocess
from typing import Protocol


class Component(Protocol):
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
        """Start the prepared process. Its port stays the same over restarts."""

    def reasons_not_ready(self) -> list[str]:
        """Empty when the component works. Never raises, never waits longer than two seconds."""


class Stopping:
    """How components of a kind are stopped: send `polite`, after `grace` seconds send `last`, then SIGKILL."""

    def __init__(self, polite: signal.Signals, grace: float, last: signal.Signals = signal.SIGKILL) -> None:
        self.polite = polite
        self.grace = grace
        self.last = last


#: PostgreSQL: SIGINT is its fast shutdown; after SIGQUIT the next start has to recover.
STOPPINGS = {
    "service": Stopping(signal.SIGTERM, 20),
    "kafka": Stopping(signal.SIGTERM, 30),
    "postgres": Stopping(signal.SIGINT, 30, signal.SIGQUIT),
}
