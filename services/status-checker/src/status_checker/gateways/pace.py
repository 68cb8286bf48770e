"""The rate limit of calls to a registry: one token bucket, shared by all workers of the process."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class TooFast(Exception):
    """The worker would have to wait too long for the next token. `wait_s`: seconds until there is a token."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"the rate limit permits the next call in {wait_s:.1f} s")


class TokenBucket:
    """Permits `rate` requests a second. After a time without requests, up to `burst` requests can start together."""

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
        """Wait for a token; callers get tokens in the order of their calls.

        Raises TooFast, without using a token, if the wait would be longer than `patience_s`. Without this limit a
        worker could sleep past its lease, and another worker would send the same query.
        """
        wait_s = self._wait_for_next()
        if wait_s > patience_s:
            raise TooFast(wait_s)
        self._tokens -= 1
        if wait_s > 0:
            await self._sleep(wait_s)

    def pause(self, seconds: float) -> None:
        """Give out no token before `seconds` have passed, because the registry asked for a slower pace (429).

        A caller that already waits in `take` is not delayed further.
        """
        self._paused_until = max(self._paused_until, self._now() + seconds)

    def _wait_for_next(self) -> float:
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return max((1 - self._tokens) / self._rate, self._paused_until - now, 0.0)
