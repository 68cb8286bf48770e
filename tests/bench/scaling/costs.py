"""Computes from a report of `make bench` the yearly costs of a million people and of whole cities.

    .venv/bin/python tests/bench/scaling/costs.py bench.json
    .venv/bin/python tests/bench/scaling/costs.py bench.json --people 77000000 --core-hour 0.20 --gb-month 0.50

The prices are assumptions: choose those of your provider, in any currency. `--database-copies` and `--topic-copies` say
how many servers store each byte: PostgreSQL with its standby, and the replicas of a partition in Kafka.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.results import MICRO

HOUR_S, GB, MILLION = 3600, 1e9, 1_000_000
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Person:
    """What one enrollment of one person needs: CPU seconds and bytes, without the simulator and the driver."""

    cpu_s: float
    database_bytes: float
    wal_bytes: float
    topic_bytes: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for an hour of one core, and for a gigabyte that is stored for a month."""

    core_hour: float
    gb_month: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a number of people need in a year. `money`: the price of their CPU time, and of storing their data for
    twelve months.
    """

    cpu_hours: float
    database_gb: float
    wal_gb: float
    topic_gb: float
    money: float


def person_of(report: dict[str, Any]) -> Person:
    """What one enrollment needs, from the medians of the report's rounds."""
    cost = report["per_person"]
    return Person(cost["cpu_us"] / MICRO, cost["database_bytes"], cost["wal_bytes"], cost["topic_bytes"])


def cost_of(people: int, person: Person, prices: Prices, database_copies: int = 2, topic_copies: int = 3) -> Cost:
    """What `people` people cost. WAL has no price, because it is written and sent to the standby, but not kept."""
    hours = people * person.cpu_s / HOUR_S
    database, topics = people * person.database_bytes / GB, people * person.topic_bytes / GB
    stored = database * database_copies + topics * topic_copies
    money = hours * prices.core_hour + stored * MONTHS * prices.gb_month
    return Cost(hours, database, people * person.wal_bytes / GB, topics, money)


def line_of(people: int, cost: Cost) -> str:
    figures = f"{cost.cpu_hours:>10,.2f}{cost.database_gb:>12,.1f}{cost.wal_gb:>10,.1f}{cost.topic_gb:>11,.1f}"
    return f"{people:>12,}{figures}{cost.money:>12,.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=Path, nargs="?", default=Path("bench.json"))
    parser.add_argument("--people", type=int, default=77_000_000)
    parser.add_argument("--core-hour", type=float, default=0.05)
    parser.add_argument("--gb-month", type=float, default=0.10)
    parser.add_argument("--database-copies", type=int, default=2)
    parser.add_argument("--topic-copies", type=int, default=3)
    options = parser.parse_args()
    person = person_of(json.loads(options.report.read_text(encoding="utf-8")))
    prices = Prices(options.core_hour, options.gb_month)
    print(f"prices: {prices.core_hour:g} for an hour of a core, {prices.gb_month:g} for a GB and month")
    print(f"{'people':>12}{'CPU hours':>10}{'database GB':>12}{'WAL GB':>10}{'topics GB':>11}{'money':>12}")
    for people in (MILLION, options.people // 10, options.people):
        print(line_of(people, cost_of(people, person, prices, options.database_copies, options.topic_copies)))


if __name__ == "__main__":
    main()
