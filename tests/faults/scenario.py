"""Registers scenarios with the numbers of the faults that they inject, runs them and evaluates them."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.checks.ledger import Ledger
from faults.checks.quiet import QUIET_S, STALLED_S, wait_for_quiet
from faults.checks.reconciliation import Reconciliation
from faults.pair.books import compare
from faults.pair.world import Pair
from faults.platform.books import compare as compare_platform
from faults.platform.platform import Platform
from faults.rig.external_system import ExternalSystem
from faults.rig.rig_stack import RigStack

#: The first argument is a Pair or a Platform.
ScenarioBody = Callable[[Any, int], None]


class NotAvailable(Exception):
    """This machine cannot run the scenario. The message says what is missing. The scenario counts as skipped, never as
    passed.
    """


@dataclass(frozen=True, slots=True)
class Scenario:
    """`fault`: the number of the kind of fault. `short`: True if the scenario is in the short set, for every change.

    `alone`: True if no other scenario must run at the same time, because the scenario breaks servers that all scenarios
    use. `quiet_s`: the data are compared when nothing has changed for this many seconds. It must be longer than the
    pause before any late effect of the scenario.
    """

    name: str
    fault: int
    short: bool
    alone: bool
    body: ScenarioBody
    about: str
    quiet_s: float = QUIET_S


@dataclass
class Outcome:
    """The result of one scenario. `skipped` says why it did not run.

    `recoveries`: seconds from a kill to the next handled record. `disk_recoveries`: seconds from the freeing of a full
    disk until all services are ready.
    """

    name: str
    reconciliation: Reconciliation
    faults: int = 0
    seconds: float = 0.0
    skipped: str = ""
    recoveries: list[float] = field(default_factory=list)
    disk_recoveries: list[float] = field(default_factory=list)

    def line(self) -> str:
        state = "skip" if self.skipped else "good" if self.reconciliation.good else "BAD "
        return f"{state} {self.name:<34} {self.seconds:6.1f} s  faults={self.faults} {self.reconciliation.figures()}"


def broken(name: str, error: BaseException) -> Outcome:
    """The outcome of a run in which the rig itself failed."""
    reconciliation = Reconciliation()
    reconciliation.find("stuck", f"{type(error).__name__}: {error}")
    return Outcome(name, reconciliation)


@dataclass
class Register:
    """`found`: name → scenario, in the order of their definitions."""

    found: dict[str, Scenario] = field(default_factory=dict)

    def __call__(
        self, fault: int, *, short: bool = False, alone: bool = False, quiet_s: float = QUIET_S
    ) -> Callable[[ScenarioBody], ScenarioBody]:
        def register(body: ScenarioBody) -> ScenarioBody:
            about = (body.__doc__ or "").strip().splitlines()[0]
            self.found[body.__name__] = Scenario(body.__name__, fault, short, alone, body, about, quiet_s)
            return body

        return register


#: The scenarios of the pair: two small services on the chassis (faults/pair). Each scenario has a pair of its own.
scenario = Register()
#: The scenarios of the six stages. All of them use one platform: the six services on one Kafka and PostgreSQL.
platform_scenario = Register()


def run_on_pair(
    rig_stack: RigStack, one: Scenario, seed: int, *, run: str, python_path: str = "", stalled_s: float = STALLED_S
) -> Outcome:
    """Run the scenario, wait until nothing changes, and compare all data. An exception counts as stuck."""
    started = time.monotonic()
    ledger = Ledger(ledger_path(rig_stack, run))
    reconciliation, skipped = Reconciliation(), ""
    with ExternalSystem() as outside:
        pair = Pair(rig_stack, ledger, outside, run, python_path)
        try:
            with pair.running():
                one.body(pair, seed)
                reconciliation.add(wait_for_quiet(pair.monitor, one.quiet_s, stalled_s))
                reconciliation.add(compare(pair))
        except NotAvailable as reason:
            skipped = str(reason)
        except Exception as error:
            reconciliation.find("stuck", f"{type(error).__name__}: {error}")
            ledger.note("the scenario did not end", trace=traceback.format_exc())
    faults = ledger.faults()
    ledger.close()
    return Outcome(one.name, reconciliation, faults, time.monotonic() - started, skipped, pair.recoveries)


def run_on_platform(platform: Platform, one: Scenario, seed: int, *, stalled_s: float = STALLED_S) -> Outcome:
    """Do the same as `run_on_pair` for a scenario of the six stages.

    The comparison includes the data of all earlier scenarios on the platform.
    """
    started, before, recovered = time.monotonic(), platform.ledger.faults(), len(platform.recoveries)
    reconciliation, skipped = Reconciliation(), ""
    try:
        one.body(platform, seed)
        reconciliation.add(wait_for_quiet(platform.monitor, one.quiet_s, stalled_s))
        found, stages = compare_platform(platform)
        reconciliation.add(found)
        print("     " + ", ".join(f"{stage} {figure}" for stage, figure in stages.items()), flush=True)
    except NotAvailable as reason:
        skipped = str(reason)
    except Exception as error:
        reconciliation.find("stuck", f"{type(error).__name__}: {error}")
        platform.ledger.note("the scenario did not end", trace=traceback.format_exc())
    faults, recoveries = platform.ledger.faults() - before, platform.recoveries[recovered:]
    return Outcome(one.name, reconciliation, faults, time.monotonic() - started, skipped, disk_recoveries=recoveries)


def ledger_path(rig_stack: RigStack, run: str) -> Path:
    return rig_stack.folders.root / f"ledger-{run}.jsonl"
