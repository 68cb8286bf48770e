"""The two loops of the center. One decides due submissions and vouchers, the other sends callbacks."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic

import structlog

from chassis.domain import Clock
from simulator.center.callbacks import Callback, Callbacks
from simulator.center.tokens import TokenMissing
from simulator.center.verdicts import Verdicts
from simulator.center.vouchers import Vouchers
from simulator.faults.store import Faults
from simulator.faults.target import Target
from simulator.refusals import is_trouble

log = structlog.get_logger()

POLL_S = 1.0
STUCK_S = 60.0

#: Called after each attempt to send a callback, with `delivered` or `failed`.
CountCallback = Callable[[str], None]


class Loops:
    """Both loops ask the database for due work once a second. A call of `wake` makes them ask earlier.

    `wake` alone is not enough, because nobody calls `wake` after a restart for work that was stored before the restart.
    """

    def __init__(
        self, verdicts: Verdicts, vouchers: Vouchers, callbacks: Callbacks, faults: Faults, clock: Clock,
        count: CountCallback,
    ) -> None:  # fmt: skip
        self._verdicts, self._vouchers, self._callbacks = verdicts, vouchers, callbacks
        self._faults, self._clock, self._count = faults, clock, count
        self._wake_decide, self._wake_call_back = asyncio.Event(), asyncio.Event()
        self._ticked: dict[str, float] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat("decide", self._decide, self._wake_decide))
            tasks.create_task(self._repeat("call_back", self._call_back, self._wake_call_back))

    def wake(self, delay_ms: int = 0) -> None:
        """Wake both loops after `delay_ms`, because a submission or voucher is due then."""
        loop = asyncio.get_running_loop()
        loop.call_later(delay_ms / 1000 + 0.005, self._wake_decide.set)
        loop.call_later(delay_ms / 1000 + 0.005, self._wake_call_back.set)

    def now(self) -> datetime:
        """The time of the business clock."""
        return self._clock.now()

    def copies(self) -> int:
        """How many times each callback is sent: once, plus the injected duplicates (`duplicate_callbacks`)."""
        return 1 + self._faults.of(Target.CENTER).fault.duplicate_callbacks

    def stuck(self) -> list[str]:
        """The loops whose latest step began more than a minute ago."""
        return [name for name, at in self._ticked.items() if monotonic() - at > STUCK_S]

    async def _repeat(self, name: str, step: Callable[[], Awaitable[bool]], wake: asyncio.Event) -> None:
        while True:
            self._ticked[name] = monotonic()
            wake.clear()
            try:
                busy = not self._faults.of(Target.CENTER).fault.down and await step()
            except TokenMissing as error:
                log.warning("callbacks_waiting", reason=str(error))
                await asyncio.sleep(5)
                continue
            except Exception as error:
                if not is_trouble(error):
                    log.exception("loop_failed", loop=name)
                await asyncio.sleep(1)
                continue
            if not busy:
                # asyncio.wait_for is not used here. If the event `wake` is set and the task is canceled at the same
                # moment, asyncio.wait_for of Python 3.11 can ignore the cancellation, and the loop would go on.
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await wake.wait()

    async def _decide(self) -> bool:
        """Decide one due submission and one due voucher. Returns False if none was due."""
        submission = await self._verdicts.decide_next(now=self.now(), copies=self.copies())
        voucher = await self._vouchers.decide_next(now=self.now(), copies=self.copies())
        if submission:
            log.info("submission_decided", submission_no=submission)
        if voucher:
            log.info("voucher_decided", voucher_id=str(voucher))
        if submission or voucher:
            self._wake_call_back.set()
        return bool(submission or voucher)

    async def _call_back(self) -> bool:
        self._callbacks.require_token()
        leased = await self._callbacks.lease()
        await asyncio.gather(*(self._send(callback) for callback in leased))
        return bool(leased)

    async def _send(self, callback: Callback) -> None:
        self._count("delivered" if await self._callbacks.send(callback) else "failed")
