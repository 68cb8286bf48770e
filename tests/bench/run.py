"""Measures the whole stack and three opponents, which do the same work in other ways, on the same Kafka and PostgreSQL.

    make bench                      100,000 people in 200 units, three rounds; about 20 minutes
    make bench-quick                a smaller run; prints its ratios beside those of the run in recorded.json
    .venv/bin/python tests/bench/run.py --people 5000 --rounds 1 --samples 20

It checks no limit. Other programs on the machine change the figures; the report says how much CPU time they used.
docs/performance.md explains the report.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import results, table
from bench.benchmark_stack import benchmark_stack
from bench.latency import latencies, latencies_at_half_load
from bench.meters import Meters
from bench.processes import MachineTimes, differences
from bench.rivals import OPPONENTS, RivalFigures, run_rival
from bench.rosters import Seeds, roster_plan
from bench.statements import logged_statements, statements_in, written_since
from bench.walk import WalkFigures, measured_walk
from enrollctl.stack.stack import Stack

RECORDED = Path(__file__).parent / "recorded.json"
#: The numbers of people and of units in the walk that is used for counting SQL statements.
COUNTED_PEOPLE, COUNTED_UNITS = 2500, 5
IDLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """The number of people of each program in one round; the numbers of latency samples at idle and at half load."""

    ours: int
    units: int
    floor: int
    textbook: int
    durable: int
    rounds: int
    samples: int
    samples_at_half_load: int


FULL = Sizes(
    ours=100_000, units=200, floor=100_000, textbook=3_000, durable=50_000, rounds=3, samples=500,
    samples_at_half_load=100,
)  # fmt: skip
QUICK = Sizes(
    ours=10_000, units=20, floor=50_000, textbook=300, durable=20_000, rounds=3, samples=30, samples_at_half_load=0
)


class Benchmark:
    def __init__(self, sizes: Sizes, programs: dict[str, Path], stack: Stack, meters: Meters, folder: Path) -> None:
        """`programs`: name of an opponent → its file."""
        self.sizes, self.programs = sizes, programs
        self.stack, self.meters, self.folder = stack, meters, folder
        self.seeds = Seeds(int(time.time()) % 1_000_000)
        self.walks: list[WalkFigures] = []
        self.rivals: dict[str, list[RivalFigures]] = {name: [] for name in programs}

    def run(self) -> dict[str, Any]:
        """Measure everything; returns the report."""
        begin, load_before = MachineTimes.now(), os.getloadavg()
        idle = self._idle()
        latency = self._latencies()
        statements = self._statements()
        for number in range(1, self.sizes.rounds + 1):
            self._round(number)
        summary = results.summary(self.walks, {name: [one.rate for one in runs] for name, runs in self.rivals.items()})
        return {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}",
            "load_average_before": load_before,
            "other_programs_share": MachineTimes.now().others_since(begin),
            "sizes": asdict(self.sizes),
            "summary": summary,
            "rates": self._rates(),
            "seconds": results.medians(walk.seconds for walk in self.walks),
            "cpu_us_by_stage": results.cost_by_stage(self.walks),
            "wal_bytes_by_stage": results.wal_by_stage(self.walks),
            "per_person": results.per_person(self.walks),
            "tables": results.by_table(self.walks),
            "peak_mib": self.meters.peak_mib(),
            "idle_cores": idle,
            "statements": statements,
            "latency": latency,
            "walks": [asdict(walk) for walk in self.walks],
            "opponents": {name: [asdict(one) for one in runs] for name, runs in self.rivals.items()},
        }

    def _round(self, number: int) -> None:
        """Run every program once. The first program of one round runs last in the next round."""
        runs = ["ours", *self.programs]
        first = (number - 1) % len(runs)
        for name in runs[first:] + runs[:first]:
            begin = MachineTimes.now()
            rate = self._ours() if name == "ours" else self._rival(name)
            others = MachineTimes.now().others_since(begin)
            say(f"round {number}: {name:10} {rate:10,.0f} people/s   other programs used {others:.0%} of the machine")

    def _ours(self) -> float:
        plan = roster_plan(self.sizes.ours, self.sizes.units, self.seeds.next(), self.folder)
        walk = measured_walk(self.stack, plan, self.meters)
        for problem in walk.problems:
            say(f"  WRONG: {problem}")
        self.walks.append(walk)
        return walk.rate

    def _rival(self, name: str) -> float:
        people = getattr(self.sizes, name.removesuffix("*"))
        found = run_rival(self.programs[name], people, self.stack, self.meters)
        self.rivals[name].append(found)
        return found.rate

    def _idle(self) -> dict[str, float]:
        """Cores that each component uses while nothing happens."""
        before = self.meters.read()
        time.sleep(IDLE_S)
        after = self.meters.read()
        return {name: round(s / IDLE_S, 4) for name, s in differences(after.cpu, before.cpu).items()}

    def _statements(self) -> dict[str, Any]:
        plan = roster_plan(COUNTED_PEOPLE, COUNTED_UNITS, self.seeds.next(), self.folder)
        log, parts = self.meters.log, COUNTED_PEOPLE / results.PART
        offset = log.stat().st_size
        measured_walk(self.stack, plan, self.meters, logged_statements(self.meters.sql))
        found = statements_in(written_since(log, offset))
        found.by_database.pop("postgres", None)
        return {
            "people": COUNTED_PEOPLE,
            "per_part": {name: count / parts for name, count in found.by_database.most_common()},
            "most_frequent": [
                {"database": database, "text": text, "per_part": count / parts}
                for (database, text), count in found.by_text.most_common(60)
            ],
        }

    def _latencies(self) -> dict[str, Any]:
        found = {}
        arguments = (self.stack, self.meters)
        if samples := self.sizes.samples:
            found["at idle"] = latencies(*arguments, samples, self.folder, self.seeds)
        if samples := self.sizes.samples_at_half_load:
            found["at half load"] = latencies_at_half_load(*arguments, samples, self.folder, self.seeds)
        return found

    def _rates(self) -> dict[str, dict[str, Any]]:
        ours = results.per_person(self.walks)
        rows = {"ours": _rate_row(self.sizes.ours, [walk.rate for walk in self.walks], ours["cpu_us"])}
        for name, runs in self.rivals.items():
            cpu = statistics.median(sum(one.cpu.values()) / one.people for one in runs) * results.MICRO
            rows[name] = _rate_row(runs[0].people, [one.rate for one in runs], cpu)
        return rows


def _rate_row(people: int, rates: Sequence[float], cpu_us: float) -> dict[str, Any]:
    return {"people": people, "rounds": list(rates), "median": statistics.median(rates), "cpu_us": cpu_us}


def say(text: str) -> None:
    print(text, flush=True)


def opponents(others: Path | None) -> dict[str, Path]:
    """The project's opponents, and the opponents with the same file names in the folder `others`. The names of the
    opponents in `others` end with `*`.
    """
    programs = {name: OPPONENTS / f"{name}.py" for name in results.RIVALS}
    if others is not None:
        programs |= {f"{name}*": others / f"{name}.py" for name in results.RIVALS}
    return programs


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="smaller sizes, and the recorded ratios beside the new ones"
    )
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    parser.add_argument("--record", metavar="NOTE", help=f"also write the ratios to {RECORDED.name}, with this note")
    parser.add_argument("--others", type=Path, help="a folder with opponents of the same names, to run beside ours")
    parser.add_argument("--people", type=int, help="people of ours")
    for name in ("units", "floor", "textbook", "durable", "rounds", "samples", "samples-at-half-load"):
        parser.add_argument(f"--{name}", type=int)
    return parser.parse_args()


def sizes_of(options: argparse.Namespace) -> Sizes:
    chosen = asdict(QUICK if options.quick else FULL)
    if options.people:
        chosen |= {"ours": options.people, "units": max(options.people // results.PART, 1)}
    chosen |= {name: value for name in chosen if (value := getattr(options, name, None)) is not None}
    return Sizes(**chosen)


def main() -> int:
    options, started = arguments(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ue-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        say("Starting the stack …")
        with benchmark_stack(folder / "stack") as stack, Meters(stack) as meters:
            report = Benchmark(sizes_of(options), opponents(options.others), stack, meters, folder).run()
    report["minutes"] = (time.monotonic() - started) / 60
    options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for line in table.lines_of(report):
        say(line)
    for line in table.beside_others(report["rates"]):
        say(line)
    say(
        f"machine: {report['machine']}; other programs used {report['other_programs_share']:.0%} of it; "
        f"the run took {report['minutes']:.1f} minutes"
    )
    if options.quick:
        recorded = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else None
        say("\n".join(["", *table.compared(report["summary"], recorded)]))
    if options.record:
        kept = {"when": report["when"], "note": options.record, "summary": report["summary"], "sizes": report["sizes"]}
        RECORDED.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(table.closing_line(report["summary"]))
    return 1 if any(walk["problems"] for walk in report["walks"]) else 0


if __name__ == "__main__":
    sys.exit(main())
