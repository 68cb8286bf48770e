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
        """`kafka`, `postgres` or `service`. STOPPINGS says how each kind is stopped.

        STOP_ORDER says in which order the kinds are stopped.
        """

    @property
    def port(self) -> int: ...

    @property
    def stopping(self) -> "Stopping": ...

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process. It uses the same port at every restart."""

    def reasons_not_ready(self) -> list[str]:
        """Why the component is not ready; empty if it is ready. Never raises, and waits only a few seconds."""


class Stopping:
    """The signals that stop a component: `polite`, then `last` if it still runs after `grace` seconds, then SIGKILL."""

    def __init__(self, polite: signal.Signals, grace: float, last: signal.Signals = signal.SIGKILL) -> None:
        self.polite = polite
        self.grace = grace
        self.last = last


#: For PostgreSQL, SIGINT is a clean shutdown. SIGQUIT ends the server at once, and the next start must recover the data
#: from the server's log.
STOPPINGS = {
    "service": Stopping(signal.SIGTERM, 20),
    "kafka": Stopping(signal.SIGTERM, 30),
    "postgres": Stopping(signal.SIGINT, 30, signal.SIGQUIT),
}
