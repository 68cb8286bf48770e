"""The command line of the rig."""

import argparse
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import structlog

from enrollctl.errors import Failure
from faults.city.world import City
from faults.flood import flood
from faults.ground import Ground
from faults.mutants import MUTANTS, Mutant
from faults.scenario import Outcome, Scenario, city_scenario, run_on_city, run_on_pair, scenario
from faults.scenarios import load_all
from faults.soak import soak
from faults.verdict import SHOWN, Verdict

SEED = 20240510
#: They wait more than they work: for leases, sessions and quiet.
SIDE_BY_SIDE = 4
#: A planted bug may leave what never moves again.
MUTANT_STALL_S = 20.0


def main(arguments: Sequence[str]) -> int:
    load_all()
    options = _parser().parse_args(arguments)
    return int(options.command(options))


def run(options: argparse.Namespace) -> int:
    """Scenarios by name, or the short set."""
    chosen = _chosen(options.names)
    print(f"seed {options.seed}: {', '.join(one.name for one in chosen)}", flush=True)
    with Folder(keep=options.keep) as folder, quiet_logs(folder), grounded(folder) as ground:
        outcomes = run_all(ground, chosen, options.seed)
    print(closing_line(outcomes))
    return 0 if all(outcome.verdict.good for outcome in outcomes) else 1


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
    soaks.set_defaults(command=run_soak)
    return parser


def _chosen(names: Sequence[str]) -> list[Scenario]:
    known = scenario.found | city_scenario.found
    if names:
        return [known[name] for name in names]
    return [one for one in known.values() if one.short]


def run_soak(options: argparse.Namespace) -> int:
    """All scenarios at random, until the minutes are over or one is bad."""
    with Folder(keep=options.keep) as folder, quiet_logs(folder), grounded(folder) as ground:
        outcomes = soak(ground, options.seed, options.minutes, show)
    print(closing_line(outcomes))
    return 0 if all(outcome.verdict.good for outcome in outcomes) else 1


def run_flood(options: argparse.Namespace) -> int:
    """A million people before one service."""
    verdict, started = Verdict(), time.monotonic()
    with Folder(keep=options.keep) as folder, quiet_logs(folder), grounded(folder) as ground:
        try:
            with City(ground, options.seed).running(empty=True) as city:
                verdict = flood(city, options.people)
        except Failure as failure:
            verdict.find("stuck", str(failure))
    outcome = Outcome("flood", verdict, 1, time.monotonic() - started)
    show(outcome)
    print(closing_line([outcome]))
    return 0 if verdict.good else 1


def mutants(options: argparse.Namespace) -> int:
    """Prints which scenario catches which planted bug; 1 where one survives."""
    chosen = [one for one in MUTANTS if not options.names or one.name in options.names]
    with Folder(keep=options.keep) as folder, quiet_logs(folder), grounded(folder) as ground:
        caught = try_all(ground, chosen, options.seed)
    print(f"faults-mutants: {len(caught)} planted, {sum(caught)} caught, {len(caught) - sum(caught)} survived")
    return 0 if all(caught) else 1


def try_all(ground: Ground, chosen: Sequence[Mutant], seed: int) -> list[bool]:
    """Whether each was caught; those whose scenario stands alone come last."""

    def try_one(mutant: Mutant) -> bool:
        one, path = scenario.found[mutant.scenario], mutant.plant(ground.folders.root / "mutants")
        run = f"m{MUTANTS.index(mutant)}"
        outcome = run_on_pair(ground, one, seed, run=run, python_path=path, stalled_s=MUTANT_STALL_S)
        caught = not outcome.verdict.good
        first = outcome.verdict.findings[0] if outcome.verdict.findings else ""
        state = "caught" if caught else "SURVIVED"
        print(f"{state:<9}{mutant.name:<42}{one.name:<46}{first[:110]}", flush=True)
        return caught

    alone = [mutant for mutant in chosen if scenario.found[mutant.scenario].alone]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        together = list(pool.map(try_one, [mutant for mutant in chosen if mutant not in alone]))
    return together + [try_one(mutant) for mutant in alone]


def run_all(ground: Ground, chosen: Sequence[Scenario], seed: int) -> list[Outcome]:
    """Those that mind nobody side by side, the others one after another."""
    numbered = [(number, one) for number, one in enumerate(chosen) if one.name in scenario.found]

    def run(numbered_one: tuple[int, Scenario]) -> Outcome:
        number, one = numbered_one
        outcome = run_on_pair(ground, one, seed, run=str(number))
        show(outcome)
        return outcome

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        together = list(pool.map(run, [pair for pair in numbered if not pair[1].alone]))
    alone = [run(pair) for pair in numbered if pair[1].alone]
    return together + alone + run_on_one_city(ground, chosen, seed)


def run_on_one_city(ground: Ground, chosen: Sequence[Scenario], seed: int) -> list[Outcome]:
    """One after another, in one city that is started for them; the first bad one ends it."""
    outcomes: list[Outcome] = []
    ours = [one for one in chosen if one.name in city_scenario.found]
    if not ours:
        return outcomes
    with City(ground, seed).running() as city:
        for one in ours:
            outcomes.append(run_on_city(city, one, seed))
            show(outcomes[-1])
            if not outcomes[-1].verdict.good:
                break
    return outcomes


def show(outcome: Outcome) -> None:
    print(outcome.line(), flush=True)
    if outcome.skipped:
        print(f"     not available: {outcome.skipped}")
    for finding in outcome.verdict.findings[:SHOWN]:
        print(f"     {finding}", flush=True)


def closing_line(outcomes: Sequence[Outcome]) -> str:
    total = Verdict()
    for outcome in outcomes:
        total.add(outcome.verdict)
    skipped = sum(bool(outcome.skipped) for outcome in outcomes)
    run, faults = len(outcomes) - skipped, sum(outcome.faults for outcome in outcomes)
    more = f" skipped={skipped}" if skipped else ""
    return f"faults: {run} scenarios, {faults} faults injected, {total.figures()}{more}"


class Folder:
    """A folder of the run's own, kept where something went wrong."""

    def __init__(self, *, keep: bool) -> None:
        self._path = Path(tempfile.mkdtemp(prefix="ue-faults-"))
        self._path.chmod(0o711)
        self._keep = keep

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, kind: object, *_: object) -> None:
        if self._keep or kind is not None:
            print(f"kept: {self._path}")
        else:
            shutil.rmtree(self._path, ignore_errors=True)


@contextmanager
def grounded(folder: Path) -> Iterator[Ground]:
    """A ground whose processes go with the rig, also where it is told to stop in the middle."""
    ground = Ground(folder)

    def abandon(number: int, _: object) -> None:
        print(f"stopped by {signal.Signals(number).name}; kept: {folder}", flush=True)
        ground.abandon()
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, abandon)
    with ground:
        yield ground


@contextmanager
def quiet_logs(folder: Path) -> Iterator[None]:
    """The supervisor's lines go to a file: every death here is meant."""
    with (folder / "rig.log").open("a", encoding="utf-8") as file:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=file), cache_logger_on_first_use=False)
        yield
