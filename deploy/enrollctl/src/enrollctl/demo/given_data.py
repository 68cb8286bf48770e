"""Rosters as the demo takes them: a given file, or one made on the spot."""

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from contracts.words import EnrollmentType
from enrollctl.demo.plan import MADE_ROSTER_DAY, Plan
from enrollctl.errors import Failure
from enrollctl.roster.expected import Expected
from enrollctl.roster.files import write_registry_csv, write_xlsx
from enrollctl.roster.making import make_roster

UNIT_HEADING = "单位"
#: A union of its own has the units that its roster is about: names on several rows that make up this share of them,
#: or on so many that the roster is hardly about anything else. An odd name here and there is left to be refused.
SHARE = 0.005
LARGE_SHARE = 0.1


def given(
    roster: Path,
    registry: Path,
    today: date,
    *,
    confirm_all: bool,
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE,
) -> Plan:
    """A plan over given files: a union of its own for each roster, told by the file's content."""
    for path in (roster, registry):
        if not path.is_file():
            raise Failure(f"{path} is no file; name the roster (xlsx) and the registry answers (csv)")
    digest = hashlib.sha256(roster.read_bytes()).hexdigest()
    name = f"示例工会委员会{digest[:6]}"
    return Plan(
        roster,
        registry,
        today,
        name,
        digest,
        units_in(roster),
        confirm_all=confirm_all,
        enrollment_type=enrollment_type,
    )


def made(
    rows: int,
    seed: int,
    folder: Path,
    today: date | None,
    *,
    confirm_all: bool,
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE,
) -> tuple[Plan, Expected]:
    """A roster with every case in it, and what must come out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    roster = make_roster(rows, seed)
    path, registry = folder / f"roster-{rows}-{seed}.xlsx", folder / f"registry-{rows}-{seed}.csv"
    write_xlsx(roster, path)
    write_registry_csv(roster, registry)
    plan = Plan(
        path,
        registry,
        today or MADE_ROSTER_DAY,
        f"示例工会委员会{rows}-{seed}",
        f"made|{rows}|{seed}",
        confirm_all=confirm_all,
        hitches=True,
        enrollment_type=enrollment_type,
    )
    return plan, roster.expected


def units_in(roster: Path) -> list[str]:
    """The units that the 单位 column is about, in order; none where it is missing or the file is no workbook."""
    try:
        rows = CalamineWorkbook.from_path(str(roster)).get_sheet_by_index(0).iter_rows()
        headings = [str(cell).strip() for cell in next(rows, [])]
    except (CalamineError, OSError):
        # member-svc says what is wrong with the file, in the words that its users see.
        return []
    if UNIT_HEADING not in headings:
        return []
    column = headings.index(UNIT_HEADING)
    named = Counter(str(row[column]).strip() for row in rows if any(row) and column < len(row))
    return [name for name, times in named.items() if name and is_unit(times, named.total())]


def is_unit(times: int, rows: int) -> bool:
    """Whether a name on so many of the rows is a unit of the roster's union."""
    return times >= LARGE_SHARE * rows or (times > 1 and times >= SHARE * rows)
