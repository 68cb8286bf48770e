"""Measures how the cost grows: rate, CPU time and bytes per person for several numbers of people and of replicas.

    make bench-growth                                       10,000, 100,000 and 1,000,000 people; 1, 2 and 4 replicas
    make bench-growth BENCH="--sizes 10000 --replicas 1,2"
    make bench-growth BENCH="--sizes 100000 --replicas 1,2,4 --at-once 4"

A new stack is started for each combination of a number of people and a number of replicas. One line is printed for each
roster. The first roster is small and opens the connections. Then come all people in rosters of at most 100,000, and
after them one more roster. The column `before` shows how many people the stack contained before the roster. With
`--at-once N`, each line stands for N rosters that pass the stages at the same time; the people of the line are divided
among them.

A replica is a process of member-svc, status-checker, enrollment-svc, review-svc or payment-svc. Each request goes to
the next replica, as from a load balancer. The last lines that are printed for each stack show how the replicas of a
service divide its CPU time, and what statements wait for in PostgreSQL.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.benchmark_stack import benchmark_stack
from bench.meters import Meters
from bench.rosters import MOST_IN_FILE, Seeds, roster_plans
from bench.scaling.growth_table import HEAD, row_of, shares_of
from bench.scaling.replicas import replicated
from bench.scaling.waits import sampled_waits
from bench.walk import WalkFigures, measured_together, measured_walk
from enrollctl.demo.inputs.plan import Plan
from enrollctl.stack.stack import Stack

SIZES, REPLICAS = (10_000, 100_000, 1_000_000), (1, 2, 4)
WARM_UP = 1_000
#: Enough for one process of each service. A process has at most ten connections in its pool and a few more, for example
#: to listen.
CONNECTIONS_OF_SERVICES = 100


def grow(people: int, replicas: int, at_once: int, folder: Path) -> bool:
    """Print the figures of each roster. Returns whether the services agreed with one another after every roster."""
    seeds = Seeds(1)
    settings = {"max_connections": str(CONNECTIONS_OF_SERVICES * (replicas + 1))}
    with (
        benchmark_stack(folder / f"stack-{people}-{replicas}", settings) as first,
        replicated(first, replicas) as stack,
        Meters(stack, stack.pids) as meters,
    ):
        before, problems = 0, 0
        for size in (WARM_UP, *rosters(people), min(MOST_IN_FILE, people)):
            chosen = plans(size, at_once, seeds, folder)
            with sampled_waits(stack.admin_database_url) as waits:
                walk = measured(stack, chosen, meters)
            print(f"{replicas:>9}{before:>11,}{row_of(walk)}", flush=True)
            before += walk.people
            problems += len(walk.problems)
        print(f"CPU µs per person of the last roster: {shares_of(walk)}")
        print(f"statements at a moment: {waits}")
        print(f"peak memory in MiB: {meters.peak_mib()}", flush=True)
    return not problems


def rosters(people: int) -> list[int]:
    """The sizes of the rosters that together have this many people."""
    return [min(MOST_IN_FILE, people - first) for first in range(0, people, MOST_IN_FILE)]


def plans(size: int, at_once: int, seeds: Seeds, folder: Path) -> list[Plan]:
    return [plan for _ in range(at_once) for plan in roster_plans(size // at_once, seeds, folder)]


def measured(stack: Stack, rosters_at_once: Sequence[Plan], meters: Meters) -> WalkFigures:
    if len(rosters_at_once) == 1:
        return measured_walk(stack, rosters_at_once[0], meters)
    return measured_together(stack, rosters_at_once, meters)


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=numbers, default=SIZES, help="numbers of people, with commas between them")
    parser.add_argument("--replicas", type=numbers, default=REPLICAS, help="numbers of replicas")
    parser.add_argument("--at-once", type=int, default=1, help="rosters that pass the stages at the same time")
    options = parser.parse_args()
    print(f"{'replicas':>9}{'before':>11}{HEAD}", flush=True)
    agreed = True
    with tempfile.TemporaryDirectory(prefix="ue-growth-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        for people, replicas in product(options.sizes, options.replicas):
            agreed &= grow(people, replicas, options.at_once, folder)
    sys.exit(0 if agreed else 1)


if __name__ == "__main__":
    main()
