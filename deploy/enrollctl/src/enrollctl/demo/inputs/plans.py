"""Makes the plan of a demo run, for the operator's own files or for a new generated roster."""

import hashlib
from datetime import date
from pathlib import Path

from contracts.words import EnrollmentType
from enrollctl.demo.inputs.plan import MADE_CENTRALIZED_DAY, MADE_ROSTER_DAY, Plan
from enrollctl.demo.inputs.registry_file import read_registry
from enrollctl.demo.inputs.roster_file import read_roster
from enrollctl.roster.expected import Expected
from enrollctl.roster.files import write_registry_csv, write_xlsx
from enrollctl.roster.roster_maker import make_roster


def plan_for_files(
    roster: Path,
    registry: Path,
    today: date,
    *,
    confirm_all: bool,
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE,
    sheet: str | None = None,
) -> Plan:
    """A plan for given files. Each roster gets a union of its own, whose id and name come from a hash of the roster.

    Raises Failure for files that the services would refuse.
    """
    people, answers = read_roster(roster, sheet), read_registry(registry)
    digest = hashlib.sha256(people.content + (sheet or "").encode()).hexdigest()
    return Plan(
        roster,
        registry,
        today,
        f"示例工会委员会{digest[:6]}",
        digest,
        people.units,
        confirm_all=confirm_all,
        enrollment_type=enrollment_type,
        sheet=sheet,
        notes=[answers.sentence(registry, people.numbers)],
    )


def plan_for_new_roster(
    rows: int,
    seed: int,
    folder: Path,
    today: date | None,
    *,
    confirm_all: bool,
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE,
) -> tuple[Plan, Expected]:
    """A plan for a new roster that contains every case, and the figures to expect.

    The figures are right only on a stack that knows none of the roster's people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    roster = make_roster(rows, seed)
    path, registry = folder / f"roster-{rows}-{seed}.xlsx", folder / f"registry-{rows}-{seed}.csv"
    write_xlsx(roster, path)
    write_registry_csv(roster, registry)
    centralized = enrollment_type is EnrollmentType.CENTRALIZED
    plan = Plan(
        path,
        registry,
        today or (MADE_CENTRALIZED_DAY if centralized else MADE_ROSTER_DAY),
        f"示例工会委员会{rows}-{seed}",
        f"made|{rows}|{seed}",
        confirm_all=confirm_all,
        hitches=True,
        enrollment_type=enrollment_type,
    )
    return plan, roster.expected
