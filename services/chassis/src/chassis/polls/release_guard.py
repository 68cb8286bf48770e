"""Five different keys that fail with one cause within a minute are a bad release, not bad data."""

import time
from collections import deque
from collections.abc import Callable

from chassis.observability import metrics
from chassis.polls.resumptions import Resumption

KEYS = 5
WINDOW_S = 60.0


class BadRelease(Exception):
    """The poll is taken back and the subscriber pauses."""


class ReleaseGuard:
    """Counts failures by cause; once tripped it stays paused until an operator resumes the service.

    What an operator said lies in the database, and other replicas hear it too. The guard asks nobody: it is told, at
    the moment of tripping (`trip`) and while it is paused (`hear`), and never on the way of a record that is well.
    """

    def __init__(
        self, *, keys: int = KEYS, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = keys
        self._window_s = window_s
        self._clock = clock
        self._failures: deque[tuple[float, str, tuple[str, str]]] = deque()
        self._accept_until = 0.0
        self._paused_after = 0
        self.paused_for: str | None = None

    def note(self, cause: str, place: tuple[str, str]) -> bool:
        """True where the limit is reached: find the last resumption and `trip`."""
        now = self._clock()
        self._failures.append((now, cause, place))
        return self._reached(cause, now)

    def trip(self, cause: str, last: Resumption) -> None:
        """Raises BadRelease, unless `last` accepts failures for now or lets the count begin anew.

        `last` is read after the failure was noted and before anybody can see the pause: whoever answers the pause
        with an act does so later, and the act is a newer one.
        """
        now = self._clock()
        self._forget_before(now - last.age_s)
        if last.accept_failures:
            self._accept_until = max(self._accept_until, now - last.age_s + self._window_s)
        if self._reached(cause, now):
            self.paused_for, self._paused_after = cause, last.act
            metrics.subscriber_paused.set(1)
            raise BadRelease(cause)

    def hear(self, last: Resumption) -> bool:
        """Whether the subscriber may go on: `last` is newer than the pause."""
        if self.paused_for and last.act > self._paused_after:
            self.resume(accept_failures=last.accept_failures, age_s=last.age_s)
        return not self.paused_for

    def resume(self, *, accept_failures: bool = False, age_s: float = 0.0) -> None:
        """Go on; with `accept_failures` what fails in the minute that began `age_s` ago becomes dead letters."""
        self._failures.clear()
        self.paused_for = None
        self._accept_until = self._clock() - age_s + self._window_s if accept_failures else 0.0
        metrics.subscriber_paused.set(0)

    def _reached(self, cause: str, now: float) -> bool:
        self._forget_before(now - self._window_s)
        same = {place for _, other, place in self._failures if other == cause}
        return len(same) >= self._keys and now >= self._accept_until

    def _forget_before(self, instant: float) -> None:
        while self._failures and self._failures[0][0] < instant:
            self._failures.popleft()
