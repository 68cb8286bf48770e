"""Components that are small Python commands instead of servers."""

import os
import subprocess
import sys
from pathlib import Path

from enrollctl.processes import processes
from enrollctl.processes.component import STOPPINGS, Stopping

SLEEP = "import time; time.sleep(600)"
DIE = "raise SystemExit(3)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


class StandIn:
    """Runs `code` in a Python process of its own."""

    port = 1

    def __init__(
        self, folder: Path, code: str = SLEEP, *, name: str = "stand-in", kind: str = "service", grace: float = 20
    ) -> None:
        self.name = name
        self.kind = kind
        self.log = folder / f"{name}.log"
        self.launches = 0
        self._code = code
        self._stopping = Stopping(STOPPINGS[kind].polite, grace)

    @property
    def stopping(self) -> Stopping:
        return self._stopping

    def launch(self) -> subprocess.Popen[bytes]:
        self.launches += 1
        return processes.start([sys.executable, "-c", self._code], log=self.log, environment=os.environ)

    def reasons_not_ready(self) -> list[str]:
        return []
