"""Simulates the 集中参保 (centralized enrollment) of a whole city: all unions submit within ten working days.

    .venv/bin/python tests/bench/scaling/season.py bench.json
    .venv/bin/python tests/bench/scaling/season.py bench.json --people 77000000 --cores 20

Reads the CPU time that each stage needs for a person from a report of `make bench`. The CPU time of the simulator and
of the benchmark program is left out. In each hour people arrive at the first stage. A stage works on its queue and
passes people on to the next stage. All stages share the cores. Prints for each day how much of the cores the busiest
hour uses, the queue at the end of the working day, and the longest wait of a person.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.results import MICRO, NOT_OURS

#: Hour, from 9 to 18 → the share of the day's people who arrive in it. Handlers work before and after noon.
HOURS = dict(zip(range(9, 18), (0.12, 0.17, 0.14, 0.05, 0.10, 0.15, 0.13, 0.09, 0.05), strict=True))
#: The share of all people who arrive on each of the ten days. Few arrive at first, most shortly before the end.
DAYS = (0.04, 0.06, 0.07, 0.08, 0.08, 0.09, 0.11, 0.13, 0.16, 0.18)
HOUR_S = 3600


@dataclass
class Stage:
    """`seconds`: CPU time of one person. `waiting`: people in the queue."""

    name: str
    seconds: float
    waiting: float = 0.0
    done: float = 0.0

    def work(self, core_seconds: float) -> float:
        """Work on the queue for this much CPU time. Returns the people who are passed on."""
        passed = min(self.waiting, core_seconds / self.seconds)
        self.waiting -= passed
        self.done += passed
        return passed


@dataclass
class Season:
    stages: list[Stage]
    cores: float
    people: int

    def run(self) -> None:
        for day, share in enumerate(DAYS, 1):
            self._day(day, share * self.people)

    def _day(self, day: int, people: float) -> None:
        emptied, at_close, longest, busiest = 0, 0.0, 0.0, 0.0
        for hour in range(9, 33):
            self.stages[0].waiting += people * HOURS.get(hour, 0.0)
            busiest = max(busiest, self._hour())
            waiting = self._queue_seconds()
            longest = max(longest, waiting / self.cores / HOUR_S)
            if hour == max(HOURS):
                at_close = sum(stage.waiting for stage in self.stages)
            if waiting > 1 and hour >= max(HOURS):
                emptied = hour + 1
        busy = f"empty at {emptied % 24:02}:00" if emptied else "empty at the close"
        queue = f"busiest hour {busiest:4.0%}  queue at 18:00 {at_close:>12,.0f}  {busy:<18}  wait {longest:4.1f} h"
        print(f"day {day:>2}: {people:>12,.0f} people  {queue}")

    def _hour(self) -> float:
        """Work for one hour, on the last stage first: people who are almost done should not wait for new people.

        Returns the share of the cores' time that was used.
        """
        left = self.cores * HOUR_S
        for _ in self.stages:
            for index in reversed(range(len(self.stages))):
                stage = self.stages[index]
                passed = stage.work(left)
                left -= passed * stage.seconds
                if passed and index + 1 < len(self.stages):
                    self.stages[index + 1].waiting += passed
        return 1 - left / (self.cores * HOUR_S)

    def _queue_seconds(self) -> float:
        """The CPU time that the people in all queues still need."""
        rest = [sum(stage.seconds for stage in self.stages[index:]) for index in range(len(self.stages))]
        return sum(stage.waiting * seconds for stage, seconds in zip(self.stages, rest, strict=True))


def stages_of(report: Path) -> list[Stage]:
    """The stages, with the median CPU time of a person over the report's walks."""
    walks = json.loads(report.read_text(encoding="utf-8"))["walks"]
    names = [name for name in walks[0]["cpu"] if name != "tail"]
    costs = {name: [_ours(walk["cpu"][name]) / walk["people"] for walk in walks] for name in names}
    return [Stage(name, statistics.median(values)) for name, values in costs.items()]


def _ours(seconds: Mapping[str, float]) -> float:
    """The CPU seconds of all components, except those that exist only in the benchmark."""
    return sum(value for name, value in seconds.items() if name not in NOT_OURS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path, nargs="?", default=Path("bench.json"))
    parser.add_argument("--people", type=int, default=7_700_000)
    parser.add_argument("--cores", type=float, default=2)
    options = parser.parse_args()
    stages = stages_of(options.report)
    whole = sum(stage.seconds for stage in stages)
    print("  ".join(f"{stage.name} {stage.seconds * MICRO:,.0f} µs" for stage in stages))
    hours = whole * options.people / options.cores / HOUR_S
    print(f"a person {whole * MICRO:,.0f} µs; {options.people:,} people {hours:,.1f} hours on {options.cores:g} cores")
    Season(stages, options.cores, options.people).run()


if __name__ == "__main__":
    main()
