"""The pace at which a registry is asked: one token bucket, shared by all workers of the process."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class TooFast(Exception):
    """The next token is further away than a worker may wait. `wait_s`: seconds until it is there."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"pace is exhausted for {wait_s:.1f} s")


class TokenBucket:
    """`rate` requests a second, `burst` at once after a quiet while."""

    def __init__(
        self,
        rate: float,
        burst: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate, self._burst = rate, float(burst)
        self._now, self._sleep = now, sleep
        self._tokens, self._filled_at = self._burst, now()
        self._paused_until = self._filled_at

    async def take(self, patience_s: float) -> None:
        """Wait for a token, in the order of asking. Raises TooFast, without taking one, beyond `patience_s`.

        The limit keeps a worker from sleeping past its lease, after which another one would ask the same again.
        """
        wait_s = self._wait_for_next()
        if wait_s > patience_s:
            raise TooFast(wait_s)
        self._tokens -= 1
        if wait_s > 0:
            await self._sleep(wait_s)

    def pause(self, seconds: float) -> None:
        """Nobody starts a call before `seconds` have passed: the registry asked for it (429)."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    def _wait_for_next(self) -> float:
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return max((1 - self._tokens) / self._rate, self._paused_until - now, 0.0)
