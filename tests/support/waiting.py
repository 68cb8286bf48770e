"""Waits for a condition by repeated checks, never by a fixed sleep."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def eventually(holds: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `holds()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {seconds:.0f} s"
        time.sleep(0.02)
