"""The open year, the plans that can be chosen, and the dates and price of a submission that is made now."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.sql import Connection
from contracts.words import EnrollmentType
from enrollment_svc.domain.rates.cover import Cover, cover, month_day
from enrollment_svc.domain.rates.rates import PlanRates, Rate
from enrollment_svc.domain.rates.windows import of_year, open_years
from enrollment_svc.domain.refusals import WindowClosed, YearClosed
from enrollment_svc.settings import rules
from enrollment_svc.store.rates import rates
from enrollment_svc.store.submissions import submissions
from enrollment_svc.usecases.rates import windows


@dataclass(frozen=True, slots=True)
class Preview:
    """`cover`: None if the year or its window is closed. `plan`: the locked plan, or else the requested plan.

    `rates`: the rates of each plan.
    """

    year: int
    cover: Cover | None
    plan: str | None
    locked: bool
    rates: dict[str, PlanRates]

    def rate(self, plan: str | None) -> Rate | None:
        found = self.rates.get(plan) if plan and self.cover else None
        return found.find(self.cover.term) if found and self.cover else None

    def choices(self) -> list[Rate]:
        """The rates of the plans that can be chosen. If a plan is locked, only this plan can be chosen (F168, F170)."""
        plans = [self.plan] if self.locked else sorted(self.rates)
        return [rate for rate in map(self.rate, plans) if rate]


async def open_year(connection: Connection, kind: EnrollmentType, today: date) -> int:
    """The year whose window is open (F144, A55). If the windows of two years are open: the earlier year. If no window
    is open: the current calendar year.
    """
    years = open_years(kind, today, await windows.around(connection, today))
    return years[0] if years else today.year


async def preview(
    connection: Connection,
    union_id: UUID,
    kind: EnrollmentType,
    now: datetime,
    year: int | None = None,
    plan: str | None = None,
) -> Preview:
    """What a submission of the union at `now` would have: year, plan, dates and price (F130–F132, F144–F148)."""
    year = year or await open_year(connection, kind, now.date())
    locked = await submissions.locked_plan(connection, union_id, year)
    found = await _rates(connection, union_id, year)
    chosen = locked or plan
    covered = await _cover(connection, kind, year, now, found.get(chosen) if chosen else None)
    return Preview(year, covered, chosen, locked is not None, found)


async def _rates(connection: Connection, union_id: UUID, year: int) -> dict[str, PlanRates]:
    by_plan: dict[str, list[Rate]] = defaultdict(list)
    for rate in await rates.above(connection, union_id, year):
        by_plan[rate.plan].append(rate)
    return {plan: rates.plan_rates(of_plan) for plan, of_plan in by_plan.items()}


async def _cover(
    connection: Connection, kind: EnrollmentType, year: int, now: datetime, plan: PlanRates | None
) -> Cover | None:
    cut_off = month_day(plan.half_year_from) if plan and plan.half_year_from else rules().half_year_from
    window = of_year(kind, year, await windows.around(connection, now.date(), year))
    try:
        return cover(kind, year, now, cut_off, window)
    except (YearClosed, WindowClosed):
        return None
