"""Takes rosters through all six stages with the HTTP calls of the screens, and measures at the end of each stage."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from bench.meters import Books, Meters, Reading
from bench.processes import differences
from bench.waiting import next_pause
from enrollctl.demo.inputs.plan import Plan
from enrollctl.demo.results.evaluation import problems_of
from enrollctl.demo.results.report import UnionData, report
from enrollctl.demo.stages.journey import RATES, TOO_LONG, WAIT_S, Journey
from enrollctl.demo.stages.tree import ABOVE
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack
from enrollctl.streams.lag import measure_lag

#: `ready` begins with the click on 确定导入 and ends when everybody is in 待提交.
STAGES = ("check", "ready", "confirm", "submit", "review", "pay")
TO_READY = ("check", "ready")
#: The name of the only stage if several rosters are measured together.
ALL = "all"
#: The tail is a period of TAIL_S seconds after the last stage, in which services handle the last events. The CPU time
#: of the tail is counted, but not its duration, because no user waits for the tail.
TAIL = "tail"
TAIL_S = 1.0
#: All events are handled if two checks with this pause between them find no lag.
QUIET_S = 0.5
#: By default the center decides after 0.2 s, which would be a part of the measured time.
POLICIES = (("submission", "confirm"), ("voucher", "accept"))


class Walk(Journey):
    """The demo's journey, but with waits that poll rarely, and that end soon after the stage is done."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._progress = (0, 0)
        super().__init__(stack, plan, self._note_progress)

    def _note_progress(self, stage: str, done: int, total: int) -> None:
        self._progress = (done, total)

    def wait(self, stage: str, done: Callable[[], bool], pause_s: float = 0.0) -> None:
        self._progress = (0, 0)
        started = time.monotonic()
        while not done():
            elapsed = time.monotonic() - started
            if elapsed > WAIT_S:
                raise Failure(TOO_LONG.format(stage, WAIT_S))
            time.sleep(next_pause(elapsed, *self._progress))

    def prepare(self) -> None:
        """Create the unions, rates and registry records. Unlike `plant`, keep the records of earlier rosters."""
        for place in (*ABOVE, self.union):
            self.city.act("member-svc", f"/unions/{place.union_id}", place.body(), method="PUT")
        self.wait("plant", self._tree_known_everywhere)
        for term, shares in RATES.items():
            self._set_rate(term, shares)
        content = self.plan.registry.read_bytes()
        self.operator.send("simulator", "/registries/records", content, "text/csv", method="PUT")
        for subject, decision in POLICIES:
            policy = {"subject": subject, "decision": decision, "delay_ms": 0}
            self.operator.act("simulator", "/center/policy", policy, method="PUT")

    def get_ready(self) -> None:
        """Apply the import and wait until everybody is in 待提交."""
        self.apply()
        self.verify()

    def steps(self) -> dict[str, Callable[[], None]]:
        steps = (self.upload_and_check, self.get_ready, self.confirm, self.submit, self.review, self.pay)
        return dict(zip(STAGES, steps, strict=True))


@dataclass(slots=True)
class WalkFigures:
    """The measurements of one walk. `cpu`, `wal` and `seconds` have a value for each stage. `cpu` and `wal` have one
    more value, for the tail.
    """

    people: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    wal: dict[str, int] = field(default_factory=dict)
    before: Books = field(default_factory=Books)
    after: Books = field(default_factory=Books)
    problems: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """People per second from the upload to the paid voucher."""
        return self.people / sum(self.seconds.values())

    @property
    def rate_to_ready(self) -> float:
        """People per second from the upload to 待提交."""
        return self.people / sum(self.seconds[stage] for stage in TO_READY)


def measured_walk(
    stack: Stack, plan: Plan, meters: Meters, during: AbstractContextManager[None] | None = None
) -> WalkFigures:
    """Take the roster through all stages, then compare the stores of all services. `problems` names their differences.

    `during`: a context that is open while the stages run.
    """
    walk, figures = Walk(stack, plan), WalkFigures()
    walk.prepare()
    wait_until_quiet(stack)
    meters.checkpoint()
    figures.before, border = meters.books(), meters.read()
    with during or nullcontext():
        for stage, step in walk.steps().items():
            started = time.perf_counter()
            step()
            figures.seconds[stage] = time.perf_counter() - started
            border = _close(figures, stage, border, meters.read())
        time.sleep(TAIL_S)
        _close(figures, TAIL, border, meters.read())
    wait_until_quiet(stack)
    figures.after = meters.books()
    figures.people = int(walk.imported()["counts"]["created"])
    figures.problems = problems_of(report(UnionData(walk)), None)
    return figures


def measured_together(stack: Stack, plans: Sequence[Plan], meters: Meters) -> WalkFigures:
    """Take several rosters through all stages at the same time. The figures have one stage, `ALL`, and the tail."""
    walks, figures = [Walk(stack, plan) for plan in plans], WalkFigures()
    for walk in walks:
        walk.prepare()
    wait_until_quiet(stack)
    meters.checkpoint()
    figures.before, border = meters.books(), meters.read()
    started = time.perf_counter()
    with ThreadPoolExecutor(len(walks)) as pool:
        list(pool.map(_go, walks))
    figures.seconds[ALL] = time.perf_counter() - started
    border = _close(figures, ALL, border, meters.read())
    time.sleep(TAIL_S)
    _close(figures, TAIL, border, meters.read())
    wait_until_quiet(stack)
    figures.after = meters.books()
    for walk in walks:
        figures.people += int(walk.imported()["counts"]["created"])
        figures.problems += problems_of(report(UnionData(walk)), None)
    return figures


def _go(walk: Walk) -> None:
    for step in walk.steps().values():
        step()


def _close(figures: WalkFigures, stage: str, before: Reading, after: Reading) -> Reading:
    figures.cpu[stage] = differences(after.cpu, before.cpu)
    figures.wal[stage] = after.wal - before.wal
    return after


def wait_until_quiet(stack: Stack) -> None:
    """Wait until every service has handled every event."""
    quiet = 0
    while quiet < 2:
        time.sleep(QUIET_S)
        lags = asyncio.run(measure_lag(stack.kafka_bootstrap))
        quiet = 0 if any(one.lag for one in lags) else quiet + 1
