"""Sends commands to the publisher, a service of the pair, from several callers at once. A seed determines them."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from enrollctl.errors import Failure
from faults.pair.events import PUBLISHER, service_name
from faults.pair.world import Pair

ACCOUNTS = tuple(f"account-{number:02}" for number in range(14))
#: With `lasting`: the pause between two commands of a caller that continues as long as faults are injected.
PAUSE_S = 0.15


class Load:
    """`callers` callers send `acts` commands each. A command publishes one to eight events. All callers use the same
    accounts.

    `hold_s`: the longest time that a commit waits after its rows were numbered. With `hold_s`, each caller has accounts
    of its own. `held`: True if each commit waits exactly `hold_s`. `lasting`: True if callers go on with slow commands
    after their first `acts` commands, until `enough` is called.
    """

    def __init__(
        self,
        pair: Pair,
        seed: int,
        *,
        acts: int = 20,
        callers: int = 3,
        ask: bool = True,
        hold_s: float = 0.0,
        held: bool = False,
        standing: bool = True,
        lasting: bool = False,
    ) -> None:
        self._hold_s = hold_s
        self._held = held
        self._lasting = lasting
        self._enough = threading.Event()
        self._standing = standing
        self._pair = pair
        self._acts = acts
        self._ask = ask
        self._seed = seed
        self.done = 0
        self.failed: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(callers)]
        self.total = acts * callers

    def start(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def enough(self) -> None:
        """Let callers stop after their first `acts` commands."""
        self._enough.set()

    def join(self) -> None:
        """Wait until all callers have ended. Raises Failure if a command was never answered."""
        for thread in self._threads:
            thread.join()
        if self.failed:
            raise Failure(self.failed[0])

    def await_done(self, share: float) -> None:
        """Wait until this share of all commands is answered, or until all callers have ended."""
        while self.done < share * self.total and any(thread.is_alive() for thread in self._threads):
            time.sleep(0.01)

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._seed}/{number}")
        caller = self._pair.caller(f"caller-{number}")
        for _ in self._fetcher():
            body = self._body(dice, number)
            try:
                caller.act(service_name(PUBLISHER, self._pair.run), "/tell", body)
            except Exception as error:
                # Every exception is recorded: a caller that stopped silently would let a scenario pass without any
                # command.
                self.failed.append(f"{type(error).__name__}: {error}")
                return
            self.done += 1

    def _fetcher(self) -> Iterator[None]:
        yield from (None for _ in range(self._acts))
        while self._lasting and not self._enough.wait(PAUSE_S):
            yield None

    def _body(self, dice: random.Random, number: int) -> dict[str, object]:
        names = [f"{name}-{number}" for name in ACCOUNTS] if self._hold_s else ACCOUNTS
        accounts = [dice.choice(names) for _ in range(dice.randint(1, 8))]
        hold_s = self._hold_s if self._held else dice.choice([0.0, dice.uniform(0, self._hold_s)])
        more = {"ask": self._ask, "standing": self._standing, "hold_s": hold_s}
        return {"accounts": accounts, "padding": dice.choice([0, 0, 2_000])} | more


@contextmanager
def under_load(pair: Pair, seed: int, **how: Any) -> Iterator[Load]:
    """Send commands while the `with` block injects faults. At the end every command must have been answered."""
    load = Load(pair, seed, **how).start()
    try:
        yield load
    finally:
        load.enough()
    load.join()
