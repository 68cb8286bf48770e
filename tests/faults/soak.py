"""Runs all scenarios in random order for a given time. The order depends on the seed only."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, islice

from faults.platform.platform import Platform
from faults.rig.rig_stack import RigStack
from faults.scenario import Outcome, Scenario, platform_scenario, run_on_pair, run_on_platform, scenario

SHOWN = 40
TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Round:
    """Scenarios that run at the same time, each with the seed of the round."""

    number: int
    seed: int
    scenarios: Sequence[Scenario]

    def __str__(self) -> str:
        return f"{self.number}. seed {self.seed}: {' + '.join(one.name for one in self.scenarios)}"


def plan(seed: int) -> Iterator[Round]:
    """Rounds without end. Every scenario comes once before any scenario comes again."""
    dice = random.Random(seed)
    numbers = count()
    while True:
        for chosen in _deck(dice):
            yield Round(next(numbers), dice.randrange(10**6), chosen)


def _deck(dice: random.Random) -> list[Sequence[Scenario]]:
    """Every scenario once, in random order and in groups. A scenario that is `alone`, or that is about the six stages,
    has a group of its own.
    """
    together = [one for one in scenario.found.values() if not one.alone]
    dice.shuffle(together)
    alone = [one for one in scenario.found.values() if one.alone] + list(platform_scenario.found.values())
    rounds: list[Sequence[Scenario]] = [together[n : n + TOGETHER] for n in range(0, len(together), TOGETHER)]
    rounds += [[one] for one in alone]
    dice.shuffle(rounds)
    return rounds


def soak(
    rig_stack: RigStack,
    seed: int,
    minutes: float,
    only: int | None,
    outcomes: list[Outcome],
    show: Callable[[Outcome], None],
) -> None:
    """Run until the time is over or a scenario fails. `only`: the number of the only round to run."""
    rounds = plan(seed) if only is None else islice(plan(seed), only, only + 1)
    print(f"seed {seed}, {minutes:.0f} minutes; the plan of the first {SHOWN} rounds:", flush=True)
    for one in islice(plan(seed), SHOWN):
        print(f"  {one}")
    ends = time.monotonic() + minutes * 60
    with Platform(rig_stack, seed).running() as platform:
        for one in rounds:
            print(f"--- {one}", flush=True)
            found = _run(rig_stack, platform, one)
            outcomes += found
            for outcome in found:
                show(outcome)
            if not all(outcome.reconciliation.good for outcome in found):
                print(f"     to run only this round again: make soak SEED={seed} ROUND={one.number}", flush=True)
                return
            if time.monotonic() > ends:
                return


def _run(rig_stack: RigStack, platform: Platform, one: Round) -> list[Outcome]:
    if one.scenarios[0].name in platform_scenario.found:
        return [run_on_platform(platform, one.scenarios[0], one.seed)]
    numbered = list(enumerate(one.scenarios))
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(
            pool.map(lambda pair: run_on_pair(rig_stack, pair[1], one.seed, run=f"s{one.number}-{pair[0]}"), numbered)
        )
