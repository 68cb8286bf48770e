"""What a demo is asked to do."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from chassis.domain import SHANGHAI
from contracts.words import EnrollmentType

#: The made roster's business date: the manual's own year, a Friday with a make-up working day after it.
MADE_ROSTER_DAY = date(2024, 5, 10)
#: 集中参保 is open from December to January.
MADE_CENTRALIZED_DAY = date(2024, 12, 10)
OPENING_HOUR = time(9, 30)


@dataclass(frozen=True, slots=True)
class Plan:
    """A roster to walk through the six stages.

    `hitches`: one batch line is returned and submitted again, one voucher first falls short. `sheet`: the one to
    import, where member-svc shall not choose. `notes`: how the given files were read, in sentences for the terminal.
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
        """The protection year: 集中参保 of December is for the year to come (A55)."""
        ahead = self.enrollment_type is EnrollmentType.CENTRALIZED and self.today.month == 12
        return self.today.year + ahead

    @property
    def opens_at(self) -> datetime:
        """When the demo's business day begins."""
        return datetime.combine(self.today, OPENING_HOUR, SHANGHAI)
