"""All scenarios at random for as long as is wanted; the plan follows from the seed alone."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from faults.city.world import City
from faults.ground import Ground
from faults.scenario import Outcome, Scenario, city_scenario, run_on_city, run_on_pair, scenario

#: More rounds than fit into a day.
ROUNDS = 2_000
SHOWN = 40
TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Round:
    """Scenarios that run side by side, each with the seed of the round."""

    number: int
    seed: int
    scenarios: Sequence[Scenario]

    def __str__(self) -> str:
        return f"{self.number}. seed {self.seed}: {' + '.join(one.name for one in self.scenarios)}"


def plan(seed: int) -> list[Round]:
    """Six stages and the pair by turns; what breaks the ground for others runs by itself."""
    dice = random.Random(seed)
    together = [one for one in scenario.found.values() if not one.alone]
    alone = [[one] for one in scenario.found.values() if one.alone]
    cities = [[one] for one in city_scenario.found.values()]
    rounds = []
    for number in range(ROUNDS):
        kind = dice.choice(["together", "city", "together", "city", "alone"])
        own = alone if kind == "alone" else cities
        chosen = dice.sample(together, TOGETHER) if kind == "together" else dice.choice(own)
        rounds.append(Round(number, dice.randrange(10**6), chosen))
    return rounds


def soak(ground: Ground, seed: int, minutes: float, show: Callable[[Outcome], None]) -> list[Outcome]:
    """Until the time is over, or the first bad outcome: what comes after it would prove nothing."""
    rounds = plan(seed)
    print(f"seed {seed}; the plan, as far as {minutes:.0f} minutes go:", flush=True)
    for one in rounds[:SHOWN]:
        print(f"  {one}")
    ends = time.monotonic() + minutes * 60
    outcomes: list[Outcome] = []
    with City(ground, seed).running() as city:
        for one in rounds:
            print(f"--- {one}", flush=True)
            found = _run(ground, city, one)
            for outcome in found:
                show(outcome)
            outcomes += found
            if time.monotonic() > ends or not all(outcome.verdict.good for outcome in found):
                break
    return outcomes


def _run(ground: Ground, city: City, one: Round) -> list[Outcome]:
    if one.scenarios[0].name in city_scenario.found:
        return [run_on_city(city, one.scenarios[0], one.seed)]
    numbered = list(enumerate(one.scenarios))
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(
            pool.map(lambda pair: run_on_pair(ground, pair[1], one.seed, run=f"s{one.number}-{pair[0]}"), numbered)
        )
