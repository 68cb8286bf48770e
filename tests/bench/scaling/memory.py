"""Measures the peak memory of each service after 1,000 people and after many people. No roster has over 100,000 people.

    make bench-memory                       1,000 and 1,000,000 people
    make bench-memory BENCH="--people 20000"

The exit code is 1 if a peak is over 250 MiB. It is also 1 if a service's peak after many people exceeds its peak after
1,000 people by more than a fifth. Each of the two measurements has a new stack, because a process's peak never falls.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.benchmark_stack import benchmark_stack
from bench.meters import Meters
from bench.rosters import Seeds, roster_plans
from bench.scaling.growth_table import HEAD, row_of
from bench.walk import measured_walk

FEW, MANY = 1_000, 1_000_000
MOST_MIB, MOST_GROWTH = 250, 1.2


def peaks(people: int, folder: Path) -> dict[str, int]:
    """The peak of each service in MiB, after all these people went through the six stages on a new stack."""
    seeds = Seeds(1)
    with benchmark_stack(folder / f"stack-{people}") as stack, Meters(stack) as meters:
        before = 0
        for plan in roster_plans(people, seeds, folder):
            walk = measured_walk(stack, plan, meters)
            print(f"{before:>11,}{row_of(walk)}  {meters.peak_mib()}", flush=True)
            before += walk.people
        return meters.peak_mib()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=MANY)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ue-memory-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        print(f"{'before':>11}{HEAD}  peak MiB")
        few, many = peaks(FEW, folder), peaks(options.people, folder)
    print(f"{'service':<18}{FEW:>12,}{options.people:>12,}   growth")
    for service, peak in many.items():
        print(f"{service:<18}{few[service]:>12}{peak:>12}   {peak / few[service]:.2f}")
    high = [service for service, peak in many.items() if peak > MOST_MIB]
    grown = [service for service, peak in many.items() if peak > MOST_GROWTH * few[service]]
    print(f"bench-memory: over_{MOST_MIB}_mib={','.join(high) or 'none'} grown={','.join(grown) or 'none'}")
    sys.exit(1 if high or grown else 0)


if __name__ == "__main__":
    main()
