"""Measures the people per second of the whole stack, beside the floor (tests/bench/floor.py). It checks no limit.

    make bench                      one roster of 20,000 people, to 待提交 and through all six stages
    .venv/bin/python tests/bench/run.py --people 50000

Other programs on the machine change the figures: compare only figures of one run with one another.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import floor
from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY
from enrollctl.demo.inputs.plans import plan_for_files
from enrollctl.demo.results.evaluation import problems_of
from enrollctl.demo.results.report import UnionData, report
from enrollctl.demo.stages.journey import Journey
from enrollctl.roster.files import write_registry_csv, write_xlsx
from enrollctl.roster.roster_maker import make_roster
from enrollctl.stack.stack import Stack
from enrollctl.workspace.clock import set_business_clock
from enrollctl.workspace.folders import Folders

SINGLES = 20
STEPS = ("plant", "import_roster", "verify", "confirm", "submit", "review", "pay")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=20_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        folders = Folders(Path(folder) / "stack")
        folders.make()
        plan = plan_of(people, Path(folder))
        set_business_clock(folders, plan.opens_at)
        stack = Stack.start(folders.root, demo=True)
        try:
            measure(stack, plan, people, Path(folder))
        finally:
            stack.stop()
    return 0


def plan_of(people: int, folder: Path):
    roster = make_roster(people, int(time.time()) % 100_000, plain=True)
    xlsx, csv = folder / f"{uuid4()}.xlsx", folder / f"{uuid4()}.csv"
    write_xlsx(roster, xlsx)
    write_registry_csv(roster, csv)
    return plan_for_files(xlsx, csv, MADE_ROSTER_DAY, confirm_all=False)


def measure(stack: Stack, plan, people: int, folder: Path) -> None:
    bare = asyncio.run(floor.people_per_second(stack.kafka_bootstrap, stack.admin_database_url, people))
    print(f"floor                               {bare:10,.0f} people/s")
    singles = sorted(single(stack, folder) for _ in range(SINGLES))
    middle, worst = singles[SINGLES // 2] * 1000, singles[-1] * 1000
    print(f"one person, import to 待提交 (idle)  p50 {middle:6.0f} ms, worst of {SINGLES} {worst:.0f} ms")
    journey, seconds = walked(stack, plan)
    hop = seconds["import_roster"] + seconds["verify"]
    total = sum(seconds.values()) - seconds["plant"]
    for name, duration in (("import to 待提交", hop), ("all six stages", total)):
        rate = people / duration
        print(f"{name}, {people:,} people {rate:10,.0f} people/s, {rate / bare:.2f} of the floor")
    print("  seconds: " + ", ".join(f"{name} {duration:.1f}" for name, duration in seconds.items()))
    memory = {part.name: part.memory_mb for part in stack.report() if part.kind == "service"}
    print("  MiB afterwards: " + ", ".join(f"{name} {mib:.0f}" for name, mib in memory.items() if mib))
    problems = problems_of(report(UnionData(journey)), None)
    print("  books: " + ("people and money agree" if not problems else "; ".join(problems)))


def walked(stack: Stack, plan) -> tuple[Journey, dict[str, float]]:
    journey = Journey(stack, plan, lambda *_: None)
    seconds = {}
    for step in STEPS:
        started = time.perf_counter()
        getattr(journey, step)()
        seconds[step] = time.perf_counter() - started
    return journey, seconds


def single(stack: Stack, folder: Path) -> float:
    """One person on an idle stack: seconds from the click on 确定导入 to the person's row in 待提交."""
    journey = Journey(stack, plan_of(1, folder), lambda *_: None)
    journey.plant()
    journey.upload_and_check()
    started = time.perf_counter()
    journey.apply(pause_s=0.002)
    journey.wait("verify", lambda: journey.ready() == 1, pause_s=0.002)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
