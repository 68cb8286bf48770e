"""Pauses the subscriber if records of five different keys fail with the same cause within a minute.

Such failures show that the release is bad, not the data. Without the pause, all records that the release cannot handle
would become dead letters.
"""

import time
from collections import deque
from collections.abc import Callable

from chassis.observability import metrics
from chassis.poll_handling.resume_signals import ResumeSignal

KEYS = 5
WINDOW_S = 60.0


class FailureBreakerOpen(Exception):
    """The poll is rolled back, and the subscriber pauses."""


class FailureBreaker:
    """Counts failures by cause. Once `trip` has paused the subscriber, it stays paused until an operator resumes the
    service.

    An operator's resume command is a row in the database, where every replica finds it. The callers of `trip` and
    `resume_if_newer` read the last resume command and pass it on. They read it only when the limit is reached or during
    a pause.
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

    def note(self, cause: str, topic_key: tuple[str, str]) -> bool:
        """Count a failure.

        Returns whether the limit is reached; then the caller reads the last resume command and calls `trip`.
        """
        now = self._clock()
        self._failures.append((now, cause, topic_key))
        return self._reached(cause, now)

    def trip(self, cause: str, last: ResumeSignal) -> None:
        """Pause and raise FailureBreakerOpen, unless the last resume command `last` makes the pause unnecessary.

        The command makes the pause unnecessary in two cases. First, the command accepts failures and is less than a
        minute old. Second, too few keys have failed since the command.

        `last` is read after the failure was counted and before anybody can see the pause. So a resume command that an
        operator sends because of the pause is always newer than `last`.
        """
        now = self._clock()
        self._forget_before(now - last.age_s)
        if last.accept_failures:
            self._accept_until = max(self._accept_until, now - last.age_s + self._window_s)
        if self._reached(cause, now):
            self.paused_for, self._paused_after = cause, last.audit_id
            metrics.subscriber_paused.set(1)
            raise FailureBreakerOpen(cause)

    def resume_if_newer(self, last: ResumeSignal) -> bool:
        """Resume if the resume command `last` is newer than the pause. Returns whether the subscriber can go on."""
        if self.paused_for and last.audit_id > self._paused_after:
            self.resume(accept_failures=last.accept_failures, age_s=last.age_s)
        return not self.paused_for

    def resume(self, *, accept_failures: bool = False, age_s: float = 0.0) -> None:
        """End the pause. `age_s`: the age of the resume command.

        `accept_failures`: for a minute after the command, records that fail become dead letters without a new pause.
        """
        self._failures.clear()
        self.paused_for = None
        self._accept_until = self._clock() - age_s + self._window_s if accept_failures else 0.0
        metrics.subscriber_paused.set(0)

    def _reached(self, cause: str, now: float) -> bool:
        self._forget_before(now - self._window_s)
        failing_keys = {topic_key for _, other, topic_key in self._failures if other == cause}
        return len(failing_keys) >= self._keys and now >= self._accept_until

    def _forget_before(self, instant: float) -> None:
        while self._failures and self._failures[0][0] < instant:
            self._failures.popleft()
