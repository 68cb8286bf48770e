"""Rosters that pass all six stages at the same time. Every command is recorded in the ledger, the rig's file of
commands.

A walk is the way of one roster through the stages, as in the demo.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from contracts.words import Role
from enrollctl.demo.inputs.plan import Plan
from enrollctl.demo.inputs.plans import plan_for_new_roster
from enrollctl.demo.stages.caller import Caller
from enrollctl.demo.stages.journey import Journey
from enrollctl.demo.stages.tree import TreeUnion
from enrollctl.errors import Failure
from enrollctl.roster.expected import Expected
from faults.platform.platform import ROWS, Platform
from faults.rig.callers import RecordedCaller

#: A stage or a command that takes longer is stuck, because leases, sessions, back-offs and full disks end much earlier.
STAGE_S = 300.0
#: The methods of a journey, in their order.
Stage = Literal["import_roster", "verify", "confirm", "submit", "review", "pay"]


class Walk(Journey):
    """The demo's journey of one roster, with every command in the ledger.

    `expected`: the figures that the roster predicts. `judged`: whether the roster's figures were compared already.
    """

    def __init__(self, platform: Platform, plan: Plan, expected: Expected) -> None:
        self.platform = platform
        self.expected = expected
        self.judged = False
        self.stages: list[str] = []
        self._gates: dict[str, threading.Event] = {}
        super().__init__(platform, plan, lambda *_: None)  # type: ignore[arg-type]

    def _caller(self, account: str, role: Role, place: TreeUnion | None) -> Caller:
        union_id = place.union_id if place else None
        platform = self.platform
        return RecordedCaller(
            platform.url,
            platform.keys,
            platform.ledger,
            account=account,
            role=role,
            union_id=union_id,
            put_off=platform.put_off,
            patience_s=STAGE_S,
        )

    def wait(self, stage: str, done: Callable[[], bool], pause_s: float = 0.1) -> None:
        deadline = time.monotonic() + STAGE_S
        while not done():
            if time.monotonic() > deadline:
                raise Failure(f"stage {stage} did not end within {STAGE_S:.0f} s")
            time.sleep(max(pause_s, 0.25))

    def hold(self, *stages: Stage) -> None:
        """Make the roster wait before each stage in `stages`, until `release` is called for the stage."""
        self._gates |= {stage: threading.Event() for stage in stages}

    def release(self, stage: Stage) -> None:
        self._gates[stage].set()

    def run(self) -> None:
        for step in (self.import_roster, self.verify, self.confirm, self.submit, self.review, self.pay):
            if gate := self._gates.get(step.__name__):
                gate.wait()
            step()
            self.stages.append(step.__name__)

    def report(self) -> dict[str, Any]:
        """The figures of this union, in the form of the demo's report. The report's last four fields, about stores and
        topics, are empty, because `books.py` compares the stores and topics of all rosters together.
        """
        counts = self.imported()["counts"]
        errors = [error for row in self.rejected_rows() for error in row["errors"]]
        return {
            "rows": counts["rows"],
            "imported": counts["created"],
            "rejected_rows": counts["rejected"],
            "rejected": [{name: error[name] for name in ("row", "column", "code")} for error in errors],
            "excluded": self.excluded,
            **self.before_confirmation,
            "confirmed": self.confirmed,
            "ready": self.at_submission,
            "refused": [refusal.code for refusal in self.refused],
            "differences": {},
            "lost": 0,
            "doubled": 0,
            "dead_letters": 0,
        }


class Walks:
    """`count` rosters, each with its own union and its own thread."""

    def __init__(self, platform: Platform, seed: int, count: int) -> None:
        folder = platform.rig_stack.folders.root / "rosters"
        seeds = [platform.fresh_roster(seed + n) for n in range(count)]
        self.walks = [Walk(platform, *plan_for_new_roster(ROWS, one, folder, None, confirm_all=True)) for one in seeds]
        platform.walks += self.walks
        self.failures: list[str] = []
        self._threads = [
            threading.Thread(target=self._run, args=(walk,), daemon=True, name=f"walk-{one}")
            for walk, one in zip(self.walks, seeds, strict=True)
        ]

    def plant(self) -> None:
        """Create the unions, the rates and the registries' records, and wait until all services know them."""
        for walk in self.walks:
            walk.operator.act = _no_delete(walk.operator.act)  # type: ignore[method-assign]
            walk.plant()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def share(self) -> float:
        """The share of finished stages among all stages of all rosters."""
        return sum(len(walk.stages) for walk in self.walks) / (6 * len(self.walks))

    def await_stage(self, walk: Walk, stage: Stage) -> None:
        """Wait until the roster has finished the stage. Raises Failure if a roster failed before."""
        while stage not in walk.stages:
            if self.failures:
                raise Failure("; ".join(self.failures))
            time.sleep(0.05)

    def await_share(self, share: float) -> None:
        while self.share < share and any(thread.is_alive() for thread in self._threads):
            time.sleep(0.05)

    def join(self) -> None:
        """Wait until all rosters have ended. Raises Failure if one of them did not finish."""
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise Failure("; ".join(self.failures))

    def _run(self, walk: Walk) -> None:
        try:
            walk.run()
        except Exception as error:
            self.failures.append(f"after {walk.stages[-1:] or 'nothing'}: {type(error).__name__}: {error}")


def _no_delete(act: Callable[..., object]) -> Callable[..., object]:
    """Skip the deletion of registry records, because the registries also contain records of other rosters."""

    def kept(service: str, path: str, body: object = None, *, method: str = "POST") -> object:
        return None if method == "DELETE" else act(service, path, body, method=method)

    return kept


@contextmanager
def walking(
    platform: Platform, seed: int, count: int = 2, *, before: Callable[[Walks], None] = lambda _: None
) -> Iterator[Walks]:
    """Run rosters through all stages while the `with` block injects faults. At the end all rosters must have finished.

    `before` is called after all services know the unions, rates and registry records, and before a roster starts.
    """
    walks = Walks(platform, seed, count)
    walks.plant()
    platform.settle()
    before(walks)
    walks.start()
    yield walks
    walks.join()
