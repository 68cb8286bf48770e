"""How cost grows: people per second, CPU and bytes per person for several sizes, each on a stack of its own.

    make bench-growth                              10,000, 100,000 and 1,000,000 people
    make bench-growth BENCH="--people 2000 10000"

The last line of each size measures one more roster on the stack that already holds these people. Rosters have at most
100,000 people. Each service runs once, because a local stack runs no second copy of a service.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.benchmark_stack import benchmark_stack
from bench.meters import Meters
from bench.rosters import MOST_IN_FILE, Seeds, roster_plans
from bench.walk import WalkFigures, measured_walk

MICRO = 1e6
SIZES = (10_000, 100_000, 1_000_000)


def grow(people: int, folder: Path) -> None:
    """Print the figures of the people together, and those of the next roster."""
    seeds = Seeds(1)
    with benchmark_stack(folder / f"stack-{people}") as stack, Meters(stack) as meters:
        show(f"{people:,}", [measured_walk(stack, plan, meters) for plan in roster_plans(people, seeds, folder)])
        [plan] = roster_plans(min(MOST_IN_FILE, people), seeds, folder)
        walk = measured_walk(stack, plan, meters)
        show(f"the next {walk.people:,}", [walk])


def show(label: str, walks: Sequence[WalkFigures]) -> None:
    people = sum(walk.people for walk in walks)
    seconds = sum(sum(walk.seconds.values()) for walk in walks)
    cpu = sum(sum(stage.values()) for walk in walks for stage in walk.cpu.values()) * MICRO / people
    wal = sum(sum(walk.wal.values()) for walk in walks) / people
    before, after = (sum(books.database_bytes.values()) for books in (walks[0].before, walks[-1].after))
    stored = (after - before) / people
    wrong = sum(len(walk.problems) for walk in walks)
    print(f"{label:>18}{people / seconds:>12,.0f}{cpu:>12,.0f}{wal:>12,.0f}{stored:>12,.0f}{wrong:>8}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    print(f"{'people':>18}{'people/s':>12}{'CPU µs':>12}{'WAL bytes':>12}{'DB bytes':>12}{'wrong':>8}")
    with tempfile.TemporaryDirectory(prefix="ue-growth-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        for people in options.people:
            grow(people, folder)


if __name__ == "__main__":
    main()
