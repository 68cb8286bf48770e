"""Makes the rosters of a benchmark. After the status check, all people are 待提交 (ready).

A unit has about 500 people.
"""

import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY, Plan
from enrollctl.roster.files import write_registry_csv, write_xlsx
from enrollctl.roster.roster_maker import Roster, make_roster
from enrollctl.roster.rows import Row

MOST_IN_FILE, PEOPLE_IN_UNIT = 100_000, 500


class Seeds:
    """A new seed for each roster of a run, so that no two rosters contain the same people."""

    def __init__(self, first: int) -> None:
        self._numbers = itertools.count(first)
        self._lock = threading.Lock()

    def next(self) -> int:
        with self._lock:
            return next(self._numbers)


def roster_plan(people: int, units: int, seed: int, folder: Path) -> Plan:
    """The plan of a new roster. Its file mixes the rows of different units, as the file of a joint union does."""
    names = [f"示例{number:05d}厂" for number in range(1, units + 1)] if units > 1 else []
    return plan_of(make_roster(people, seed, plain=True, units=names), folder)


def roster_plans(people: int, seeds: Seeds, folder: Path) -> Iterator[Plan]:
    """The plans of new rosters that together have this many people. No roster has more people than one file is allowed
    to have.
    """
    for first in range(0, people, MOST_IN_FILE):
        count = min(MOST_IN_FILE, people - first)
        yield roster_plan(count, max(1, count // PEOPLE_IN_UNIT), seeds.next(), folder)


def plan_of(roster: Roster, folder: Path) -> Plan:
    """Write the roster and its registry records into the folder. Each plan has a union of its own."""
    name = uuid4().hex
    xlsx, csv = folder / f"{name}.xlsx", folder / f"{name}.csv"
    write_xlsx(roster, xlsx)
    write_registry_csv(roster, csv)
    return Plan(xlsx, csv, MADE_ROSTER_DAY, f"示例工会委员会{name[:6]}", name, list(roster.units))


@dataclass(frozen=True)
class _OneRow(Roster):
    """A roster that consists of one row of another roster."""

    size: int = 1
    seed: int = 0
    plain: bool = True
    units: Sequence[str] = ()
    row: Row | None = None

    def rows(self) -> Iterator[Row]:
        if self.row is not None:
            yield replace(self.row, sheet_row=2)


def write_one_row(row: Row, path: Path) -> None:
    """Write a roster of this person alone."""
    write_xlsx(_OneRow(row=row), path)
