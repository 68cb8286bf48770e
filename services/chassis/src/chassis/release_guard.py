"""Five different keys that fail with one cause within a minute are a bad release, not bad data."""

import time
from collections import deque
from collections.abc import Callable

from chassis import metrics

KEYS = 5
WINDOW_S = 60.0


class BadRelease(Exception):
    """The poll is taken back and the subscriber pauses."""


class ReleaseGuard:
    """Counts failures by cause; once tripped it stays paused until an operator resumes it."""

    def __init__(
        self, *, keys: int = KEYS, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = keys
        self._window_s = window_s
        self._clock = clock
        self._failures: deque[tuple[float, str, tuple[str, str]]] = deque()
        self._accept_until = 0.0
        self.paused_for: str | None = None

    def note(self, cause: str, place: tuple[str, str]) -> None:
        """Raises BadRelease when the limit is reached."""
        now = self._clock()
        self._failures.append((now, cause, place))
        while self._failures[0][0] < now - self._window_s:
            self._failures.popleft()
        same = {p for _, c, p in self._failures if c == cause}
        if len(same) >= self._keys and now >= self._accept_until:
            self.paused_for = cause
            metrics.subscriber_paused.set(1)
            raise BadRelease(cause)

    def resume(self, *, accept_failures: bool = False) -> None:
        """Go on; with `accept_failures` the next minute's failures become dead letters whatever their number."""
        self._failures.clear()
        self.paused_for = None
        self._accept_until = self._clock() + self._window_s if accept_failures else 0.0
        metrics.subscriber_paused.set(0)
