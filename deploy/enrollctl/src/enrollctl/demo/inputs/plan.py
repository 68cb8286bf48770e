"""The options of a demo run."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from chassis.domain import SHANGHAI
from contracts.words import EnrollmentType

#: The business date of generated rosters: a Friday in the manual's year. The Saturday after it is a working day, so a
#: check that is requested on this Friday is due on that Saturday.
MADE_ROSTER_DAY = date(2024, 5, 10)
#: 集中参保 is open from December to January.
MADE_CENTRALIZED_DAY = date(2024, 12, 10)
OPENING_HOUR = time(9, 30)


@dataclass(frozen=True, slots=True)
class Plan:
    """A roster to walk through the six stages.

    `hitches`: whether one batch line is returned and submitted again, and the first voucher pays only a part. `sheet`:
    the sheet to import; if it is None, member-svc chooses a sheet. `notes`: sentences for the terminal that say how the
    files were read.
    """

    roster: Path
    registry: Path
    today: date
    union_name: str
    seed: str
    units: list[str] = field(default_factory=list)
    confirm_all: bool = False
    hitches: bool = False
    plan_code: str = "A"
    plan_name: str = "A类会员专享基本保障"
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE
    sheet: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The protection year. For 集中参保 in December, it is the next calendar year (A55)."""
        ahead = self.enrollment_type is EnrollmentType.CENTRALIZED and self.today.month == 12
        return self.today.year + ahead

    @property
    def opens_at(self) -> datetime:
        """The beginning of the demo's business day."""
        return datetime.combine(self.today, OPENING_HOUR, SHANGHAI)
