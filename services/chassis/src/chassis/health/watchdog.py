"""Watches the loops of the process. A stuck loop is restarted. The process ends if the restart fails, or if the loop
gets stuck again within ten minutes.

When a process has ended, its supervisor (`enrollctl up`) starts it again. The supervisor does not restart a process
that hangs.
"""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from chassis.health.health_state import HealthState
from chassis.observability import metrics
from chassis.resilience import describe, within

log = structlog.get_logger()

LOOP = "watchdog"
#: EX_SOFTWARE: a fault of the process itself.
EXIT_CODE = 70
EVERY_S = 1.0
#: A loop that gets stuck again within this time is not restarted again.
NO_SECOND_RESTART_S = 600.0
#: A restart of a loop that takes longer than this counts as failed, and the process ends.
RESTART_TIMEOUT_S = 45.0

Restart = Callable[[str], Awaitable[None]]


class Watchdog:
    """`restarts`: for each loop that can be restarted, the function that restarts it. `end`: the function that ends the
    process. `beat`: a function that is called before each look at the loops.
    """

    def __init__(
        self,
        health: HealthState,
        restarts: Mapping[str, Restart],
        end: Callable[[str], None],
        beat: Callable[[], None] = lambda: None,
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._health = health
        self._restarts = restarts
        self._end = end
        self._beat = beat
        self._every_s = every_s
        self._restarted_at: dict[str, float] = {}

    async def run(self) -> None:
        """Run until canceled."""
        while True:
            self._beat()
            for loop, reason in self._health.stuck().items():
                await self._on_stuck(loop, reason)
            await asyncio.sleep(self._every_s)

    async def _on_stuck(self, loop: str, reason: str) -> None:
        restart = self._restarts.get(loop)
        before = self._restarted_at.get(loop)
        again = before is not None and self._health.clock() - before < NO_SECOND_RESTART_S
        if restart is None or again:
            self._end(f"{loop}: {reason}{', restarted before' if again else ''}")
            return
        self._restarted_at[loop] = self._health.clock()
        log.error("loop_restarted", loop=loop, reason=reason)
        metrics.loops_restarted.labels(loop).inc()
        try:
            await within(RESTART_TIMEOUT_S, _as_coroutine(restart(reason)))
        except Exception as error:
            self._end(f"{loop}: {reason}, and cannot be restarted: {describe(error)}")
        else:
            self._health.tick(loop)


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work


class LastResort:
    """A thread that ends the process if the event loop is blocked, or if the shutdown hangs.

    `beat` shows that the event loop runs. After a freeze (SIGSTOP) the last beat is old although nothing is blocked.
    Therefore the process is ended only after several checks in a row without a beat.
    """

    MOST_MISSED_BEATS = 3

    def __init__(self, after_s: float, *, every_s: float = 5.0) -> None:
        self._after_s = after_s
        self._every_s = every_s
        self._beaten_at = time.monotonic()
        self._ends_at: float | None = None

    def start(self) -> None:
        threading.Thread(target=self._watch, name="last-resort", daemon=True).start()

    def beat(self) -> None:
        self._beaten_at = time.monotonic()

    def end_within(self, seconds: float) -> None:
        """Set the time by which the shutdown must be finished."""
        self._ends_at = time.monotonic() + seconds

    def _watch(self) -> None:
        missed = 0
        while True:
            time.sleep(self._every_s)
            now = time.monotonic()
            missed = missed + 1 if now - self._beaten_at > self._after_s and self._ends_at is None else 0
            if missed >= self.MOST_MISSED_BEATS:
                _exit(f"the event loop has been blocked for {now - self._beaten_at:.0f} s")
            if self._ends_at is not None and now > self._ends_at:
                _exit("the shutdown takes too long")


def _exit(reason: str) -> None:
    log.error("process_ended", reason=reason, exit_code=EXIT_CODE)
    sys.stdout.flush()
    faulthandler.dump_traceback()
    os._exit(EXIT_CODE)
