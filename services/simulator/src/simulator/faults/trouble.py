"""The faults of one simulated system: its settings, its random numbers, its rate limit."""

import random
from time import monotonic

from pydantic import BaseModel, ConfigDict, Field

from simulator.faults.target import Target


class Fault(BaseModel):
    """How one simulated system fails; a field that is left out injects no fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Target
    delay_ms: int = Field(default=0, ge=0, le=600_000)
    jitter_ms: int = Field(default=0, ge=0, le=600_000, description="the longest random time added to the delay")
    error_rate: float = Field(default=0.0, ge=0, le=1, description="share of requests that are refused with 503")
    lost_answer_rate: float = Field(default=0.0, ge=0, le=1, description="share of requests done, but answered 502")
    partial_rate: float = Field(default=0.0, ge=0, le=1, description="registries: share of people left out of a reply")
    unknown_rate: float = Field(default=0.0, ge=0, le=1, description="registries: share of people with code 99")
    down: bool = Field(default=False, description="all requests get 503; the center does not decide or call back")
    rate_limit_per_s: float | None = Field(default=None, gt=0, description="requests above this rate get 429")
    duplicate_callbacks: int = Field(default=0, ge=0, le=10, description="center: extra copies of each callback")
    seed: int = 0


class Trouble:
    """Decides for each request of one system which faults are injected.

    If the same requests are sent again in the same order, and the seed is the same, the same faults are injected. Only
    refusals by the rate limit can differ, because they depend on the clock.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._dice = random.Random(fault.seed)  # noqa: S311 - reproducible on purpose
        self._tokens = self._burst
        self._filled_at = monotonic()

    @property
    def _burst(self) -> float:
        return max(1.0, self.fault.rate_limit_per_s or 1.0)

    def delay_s(self) -> float:
        jitter = self._dice.uniform(0, self.fault.jitter_ms) if self.fault.jitter_ms else 0.0
        return (self.fault.delay_ms + jitter) / 1000

    def fails(self) -> bool:
        return self._drawn(self.fault.error_rate)

    def loses_answer(self) -> bool:
        return self._drawn(self.fault.lost_answer_rate)

    def leaves_out(self) -> bool:
        return self._drawn(self.fault.partial_rate)

    def garbles(self) -> bool:
        return self._drawn(self.fault.unknown_rate)

    def wait_s(self, now: float) -> float:
        """0 if the rate limit (a token bucket) admits the request now; otherwise the seconds until it does."""
        rate = self.fault.rate_limit_per_s
        if rate is None:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / rate

    def _drawn(self, share: float) -> bool:
        return share > 0 and self._dice.random() < share
