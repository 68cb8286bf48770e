"""A circuit breaker. If a registry is down, the breaker permits no calls for a while, and then one call as a probe."""

import time
from collections.abc import Callable


class CircuitOpen(Exception):
    """The call was not made. `wait_s`: seconds after which the caller should try again."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"the circuit breaker permits the next call in {wait_s:.1f} s")


class Breaker:
    """Stops calls after `threshold` failures in a row.

    After `rest_s` seconds one call shows whether calls are permitted again.
    """

    def __init__(self, threshold: int, rest_s: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._threshold, self._rest_s, self._now = threshold, rest_s, now
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def open(self) -> bool:
        return self._opened_at is not None

    def admit(self) -> None:
        """Raises CircuitOpen if a call is not allowed now. After the call, report `succeeded`, `failed` or `let_go`."""
        if self._opened_at is None:
            return
        wait_s = self._opened_at + self._rest_s - self._now()
        if wait_s > 0:
            raise CircuitOpen(wait_s)
        if self._probing:
            raise CircuitOpen(self._rest_s)
        self._probing = True

    def succeeded(self) -> None:
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._probing or self._failures >= self._threshold:
            self._opened_at, self._probing = self._now(), False

    def let_go(self) -> None:
        """Report that the call ended without a result, for example because the process stops. So it is unknown whether
        the registry is up or down.
        """
        self._probing = False
