"""The command line of the fault rig."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import NoReturn, Protocol

import structlog

from faults.checks.quiet import STALLED_S
from faults.checks.reconciliation import SHOWN, Reconciliation
from faults.flood import flood
from faults.mutants import MUTANTS, Mutant
from faults.platform.platform import Platform
from faults.rig.rig_stack import RigStack
from faults.rig.small_disks import abandon_disks
from faults.scenario import Outcome, Scenario, broken, platform_scenario, run_on_pair, run_on_platform, scenario
from faults.scenarios import load_all
from faults.soak import soak

SEED = 20240510
#: How many scenarios run at the same time. Most of their time is spent waiting for leases and sessions to expire.
SIDE_BY_SIDE = 6
#: If nothing changes for this long, a run with a planted bug ends. The limit is shorter than in other runs, because a
#: bug can cause work that never ends.
MUTANT_STALL_S = 20.0


class Play(Protocol):
    """Runs scenarios. Appends the outcome of each scenario to `outcomes` when the scenario ends. So the outcome is
    reported even if a later scenario breaks the rig.
    """

    def __call__(self, rig_stack: RigStack, *, outcomes: list[Outcome]) -> None: ...


def main(arguments: Sequence[str]) -> int:
    load_all()
    options = _parser().parse_args(arguments)
    return int(options.command(options))


def run(options: argparse.Namespace) -> int:
    """Run the named scenarios; without names, run the short set."""
    chosen = _chosen(options.names)
    print(f"seed {options.seed}: {', '.join(one.name for one in chosen)}", flush=True)
    return conclude(options, partial(run_all, chosen=chosen, seed=options.seed), whole=bool(options.names))


def conclude(options: argparse.Namespace, play: Play, *, whole: bool = False) -> int:
    """Run `play`, print the summary line, and return the exit code. `whole`: True if a skipped scenario counts as a
    failure.

    A failure of the rig itself counts as the finding "stuck". The folder of a failed run is kept.
    """
    outcomes: list[Outcome] = []
    with Folder(keep=options.keep) as folder:
        try:
            with quiet_logs(folder.path), running_rig_stack(folder.path) as rig_stack:
                play(rig_stack, outcomes=outcomes)
        except Exception as error:
            outcomes.append(broken("the rig", error))
            show(outcomes[-1])
        good = all_held(outcomes, whole=whole)
        folder.keep |= not good
    for recovered in filter(None, (recovery_line(outcomes), disk_recovery_line(outcomes))):
        print(recovered)
    print(closing_line(outcomes))
    return 0 if good else 1


def all_held(outcomes: Sequence[Outcome], *, whole: bool = False) -> bool:
    """Whether at least one scenario ran, none failed and, with `whole`, none was skipped."""
    ran = [outcome for outcome in outcomes if not outcome.skipped]
    return (
        bool(ran) and all(outcome.reconciliation.good for outcome in ran) and (not whole or len(ran) == len(outcomes))
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", action="store_true", help="keep ledgers and logs also of a good run")
    commands = parser.add_subparsers(required=True)
    runs = commands.add_parser("run", help="scenarios by name; the short set without any")
    runs.add_argument("names", nargs="*")
    runs.set_defaults(command=run)
    planted = commands.add_parser("mutants", help="planted bugs, each against the scenario that must catch it")
    planted.add_argument("names", nargs="*")
    planted.set_defaults(command=mutants)
    floods = commands.add_parser("flood", help="a million people on one topic")
    floods.add_argument("--people", type=int, default=1_000_000)
    floods.set_defaults(command=run_flood)
    soaks = commands.add_parser("soak", help="all at random, for so many minutes")
    soaks.add_argument("--minutes", type=float, default=60.0)
    soaks.add_argument("--round", type=int, help="this round of the plan alone")
    soaks.set_defaults(command=run_soak)
    return parser


def _chosen(names: Sequence[str]) -> list[Scenario]:
    """The scenarios with these names; without names, the short set. Raises SystemExit(2) for an unknown name."""
    known = scenario.found | platform_scenario.found
    if unknown := [name for name in names if name not in known]:
        _refuse(f"no scenario is called {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return [known[name] for name in names] if names else [one for one in known.values() if one.short]


def _refuse(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)


def run_soak(options: argparse.Namespace) -> int:
    """Run all scenarios in random order, until the time is over or a scenario fails."""
    return conclude(options, partial(soak, seed=options.seed, minutes=options.minutes, only=options.round, show=show))


def run_flood(options: argparse.Namespace) -> int:
    """Publish a million people on a topic, then start the service that reads them."""

    def play(rig_stack: RigStack, *, outcomes: list[Outcome]) -> None:
        started = time.monotonic()
        with Platform(rig_stack, options.seed).running(empty=True) as platform:
            outcomes.append(Outcome("flood", flood(platform, options.people), 1, time.monotonic() - started))
            show(outcomes[-1])

    return conclude(options, play)


def mutants(options: argparse.Namespace) -> int:
    """Print which scenario finds which planted bug; return 1 if a bug survives or a scenario fails without a bug."""
    if unknown := set(options.names) - {one.name for one in MUTANTS}:
        _refuse(f"no planted bug is called {', '.join(sorted(unknown))}")
    chosen = [one for one in MUTANTS if not options.names or one.name in options.names]
    caught: list[bool] = []
    with Folder(keep=options.keep) as folder:
        with quiet_logs(folder.path), running_rig_stack(folder.path) as rig_stack:
            outcomes = without_bugs(rig_stack, chosen, options.seed)
            skipped = {outcome.name for outcome in outcomes if outcome.skipped}
            testable = [one for one in chosen if one.scenario not in skipped]
            sound = all(outcome.reconciliation.good for outcome in outcomes)
            caught += try_all(rig_stack, testable, options.seed) if sound else []
        good = bool(caught) and all(caught)
        folder.keep |= not good
    more = f" skipped={len(chosen) - len(testable)}" if skipped else ""
    print(f"faults-mutants: {len(caught)} planted, {sum(caught)} caught, {len(caught) - sum(caught)} survived{more}")
    return 0 if good else 1


def without_bugs(rig_stack: RigStack, chosen: Sequence[Mutant], seed: int) -> list[Outcome]:
    """Run the mutants' scenarios without a bug. A scenario that fails without a bug proves nothing about a mutant."""
    outcomes: list[Outcome] = []
    used = {one.scenario for one in chosen}
    known = scenario.found | platform_scenario.found
    run_all(rig_stack, [one for one in known.values() if one.name in used], seed, outcomes, stalled_s=MUTANT_STALL_S)
    return outcomes


def try_all(rig_stack: RigStack, chosen: Sequence[Mutant], seed: int) -> list[bool]:
    """For each bug, whether it was found. Bugs whose scenario must run alone come last in the list."""

    def try_one(mutant: Mutant) -> bool:
        path = mutant.plant(rig_stack.folders.root / "mutants")
        outcome = run_planted(rig_stack, mutant, seed, path)
        finding = mutant.caught_by(outcome.reconciliation)
        first = finding or next(iter(outcome.reconciliation.findings), "")
        state = "caught" if finding else "SURVIVED"
        print(f"{state:<9}{mutant.name:<42}{mutant.scenario:<46}{first[:110]}", flush=True)
        return finding is not None

    alone = [
        mutant for mutant in chosen if mutant.scenario not in scenario.found or scenario.found[mutant.scenario].alone
    ]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        together = list(pool.map(try_one, [mutant for mutant in chosen if mutant not in alone]))
    return together + [try_one(mutant) for mutant in alone]


def run_planted(rig_stack: RigStack, mutant: Mutant, seed: int, path: str) -> Outcome:
    """Run the mutant's scenario on services of its own (a pair or a platform), which import the changed package.

    A pair is two small services, for scenarios about the chassis. A platform is all six services.
    """
    one = scenario.found.get(mutant.scenario)
    if one is not None:
        run = f"m{MUTANTS.index(mutant)}"
        return run_on_pair(rig_stack, one, seed, run=run, python_path=path, stalled_s=MUTANT_STALL_S)
    # Each mutant has its own Kafka and PostgreSQL; otherwise its wrong data would also be found for the next mutant.
    with (
        running_rig_stack(rig_stack.folders.root / mutant.name) as own,
        Platform(own, seed, python_path=path).running() as platform,
    ):
        return run_on_platform(platform, platform_scenario.found[mutant.scenario], seed, stalled_s=MUTANT_STALL_S)


def run_all(
    rig_stack: RigStack,
    chosen: Sequence[Scenario],
    seed: int,
    outcomes: list[Outcome],
    *,
    stalled_s: float = STALLED_S,
) -> None:
    """Run most scenarios side by side, then the `alone` scenarios one by one, then the scenarios of the six stages."""
    numbered = [(number, one) for number, one in enumerate(chosen) if one.name in scenario.found]

    def run(numbered_one: tuple[int, Scenario]) -> None:
        number, one = numbered_one
        outcomes.append(run_on_pair(rig_stack, one, seed, run=str(number), stalled_s=stalled_s))
        show(outcomes[-1])

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(run, [pair for pair in numbered if not pair[1].alone]))
    for pair in numbered:
        if pair[1].alone:
            run(pair)
    run_six_stages(rig_stack, chosen, seed, outcomes)


def run_six_stages(rig_stack: RigStack, chosen: Sequence[Scenario], seed: int, outcomes: list[Outcome]) -> None:
    """Run the scenarios of the six stages one after another on one platform; stop at the first failure."""
    of_six_stages = [one for one in chosen if one.name in platform_scenario.found]
    if not of_six_stages:
        return
    with Platform(rig_stack, seed).running() as platform:
        for one in of_six_stages:
            outcomes.append(run_on_platform(platform, one, seed))
            show(outcomes[-1])
            if not outcomes[-1].reconciliation.good:
                return


def show(outcome: Outcome) -> None:
    print(outcome.line(), flush=True)
    if outcome.skipped:
        print(f"     not available: {outcome.skipped}", flush=True)
    for finding in outcome.reconciliation.findings[:SHOWN]:
        print(f"     {finding}", flush=True)


def closing_line(outcomes: Sequence[Outcome]) -> str:
    total = Reconciliation()
    for outcome in outcomes:
        total.add(outcome.reconciliation)
    skipped = [outcome.name for outcome in outcomes if outcome.skipped]
    run, faults = len(outcomes) - len(skipped), sum(outcome.faults for outcome in outcomes)
    more = f" skipped={len(skipped)} ({', '.join(skipped)})" if skipped else ""
    return f"faults: {run} scenarios, {faults} faults injected, {total.figures()}{more}"


def recovery_line(outcomes: Sequence[Outcome]) -> str:
    """One line about how long services needed from the last kill of a series to the next handled record. "" if no
    scenario killed a service in a series.
    """
    found = sorted(seconds for outcome in outcomes for seconds in outcome.recoveries)
    if not found:
        return ""
    return f"faults: recovery p50={median(found):.1f} s max={found[-1]:.1f} s after {len(found)} series of kills"


def disk_recovery_line(outcomes: Sequence[Outcome]) -> str:
    """One line about how long it took, after a full disk got space again, until all services were ready.

    "" if no disk was full.
    """
    found = sorted(seconds for outcome in outcomes for seconds in outcome.disk_recoveries)
    if not found:
        return ""
    return f"faults: recovery p50={median(found):.1f} s max={found[-1]:.1f} s after {len(found)} full disks"


class Folder:
    """A temporary folder of this run. It is deleted at the end, unless `keep` is set or an exception ends the run."""

    def __init__(self, *, keep: bool) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="ue-faults-"))
        self.path.chmod(0o711)
        self.keep = keep

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self.keep or kind is not None:
            print(f"kept: {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)


#: All running stacks of this run. A signal must end the processes of all of them. A mutant of the six stages has a
#: stack of its own.
RIG_STACKS: list[RigStack] = []


@contextmanager
def running_rig_stack(folder: Path) -> Iterator[RigStack]:
    """Run Kafka and PostgreSQL in a folder. All processes are stopped after the `with` block, or when a signal ends the
    rig.
    """
    rig_stack = RigStack(folder)
    RIG_STACKS.append(rig_stack)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, abandon)
    try:
        with rig_stack:
            yield rig_stack
    finally:
        RIG_STACKS.remove(rig_stack)


def abandon(number: int, _: object) -> None:
    print(f"stopped by {signal.Signals(number).name}; kept: {RIG_STACKS[0].folders.root}", flush=True)
    for rig_stack in RIG_STACKS:
        rig_stack.abandon()
    abandon_disks()
    os._exit(128 + number)


@contextmanager
def quiet_logs(folder: Path) -> Iterator[None]:
    """Write the supervisor's log to a file, not to the terminal, because the rig kills processes on purpose."""
    before = structlog.get_config()
    with (folder / "rig.log").open("a", encoding="utf-8") as file:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=file), cache_logger_on_first_use=False)
        try:
            yield
        finally:
            structlog.configure(**before)
