"""The working calendar over HTTP. Due times of checks depend on it; only the municipal union edits it (A61)."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.validation import Body, example, parameters
from chassis.web import Command, CommandResult, Read, Scope, may
from contracts.words import Role
from enrollment_svc.domain.calendar.calendar_year import days_of
from enrollment_svc.store.calendar import Day
from enrollment_svc.usecases.calendar import calendar, working_calendar

router = APIRouter(tags=["calendar"])

Year = Path(ge=2004, le=2100)
_DAY_EXAMPLE: dict[str, Any] = {
    "day": "2024-05-11",
    "working": True,
    "origin": "entered",
    "reason": "国务院办公厅通知",
    "version": 1,
}


class CalendarDay(BaseModel):
    """`origin`: `published` by the State Council, or `entered` by hand with a reason. `version` is 0 if the day is not
    stored yet.
    """

    model_config = example(_DAY_EXAMPLE)

    day: date
    working: bool
    origin: str
    reason: str | None
    version: int


class CalendarYear(BaseModel):
    """`complete`: True if the calendar has every day of the year. If the due time of a check depends on a day that is
    missing in the calendar, the check has no due time, and operators get an alarm.
    """

    model_config = example({"year": 2024, "complete": False, "days": [_DAY_EXAMPLE]})

    year: int
    complete: bool
    days: list[CalendarDay]


class PutYear(Body):
    """The content of the State Council's yearly notice. `days_off`: days from Monday to Friday that are no working
    days. `make_up_days`: Saturdays and Sundays that are working days.
    """

    model_config = example({"days_off": ["2027-01-01"], "make_up_days": ["2027-02-06"], "reason": "国务院办公厅通知"})

    days_off: list[parameters.Day] = Field(max_length=366)
    make_up_days: list[parameters.Day] = Field(max_length=366)
    reason: parameters.ShortReason


class PutDay(Body):
    """`version`: the version that the screen showed, if any."""

    model_config = example({"working": False, "reason": "台风停工", "version": 1})

    working: bool
    reason: parameters.ShortReason
    version: parameters.Version | None = None


class YearSet(BaseModel):
    """`changed`: the number of days that were added or changed."""

    model_config = example({"year": 2027, "changed": 365})

    year: int
    changed: int


@router.get("/calendar/{year}", dependencies=[may("查看工作日历", scope=Scope.NONE)])
async def show_calendar(read: Read, year: int = Year) -> CalendarYear:
    """The days of a year that the calendar has. Every account with a token may read them."""
    days = await working_calendar.year(read.connection, year)
    return CalendarYear(year=year, complete=len(days) == len(days_of(year)), days=[_shown(day) for day in days])


@router.put(
    "/calendar/{year}", response_model=YearSet, dependencies=[may("维护工作日历", Role.MUNICIPAL, scope=Scope.CITY)]
)
async def put_calendar(body: PutYear, command: Command, year: int = Year) -> Response:
    """Enter a whole year by hand. The due times of later checks depend on these days. The command is written to the
    audit log.
    """

    async def put(work: UnitOfWork) -> CommandResult:
        changed = await calendar.set_year(year, body.days_off, body.make_up_days, body.reason, work)
        answer = YearSet(year=year, changed=changed)
        return CommandResult(answer, subject=f"calendar/{year}", detail={"changed": changed, "reason": body.reason})

    return await command.once("calendar_set", put)


@router.put(
    "/calendar/{year}/{day}",
    response_model=CalendarDay,
    dependencies=[may("维护工作日历", Role.MUNICIPAL, scope=Scope.CITY)],
)
async def put_day(body: PutDay, command: Command, day: parameters.Day, year: int = Year) -> Response:
    """Correct one day by hand. The command is written to the audit log."""

    async def put(work: UnitOfWork) -> CommandResult:
        stored = await calendar.set_day(year, day, body.working, body.version, body.reason, work)
        detail = {"working": body.working, "reason": body.reason, "version": stored.version}
        return CommandResult(_shown(stored), subject=f"calendar/{day}", detail=detail)

    return await command.once("calendar_day_set", put)


def _shown(day: Day) -> CalendarDay:
    return CalendarDay(day=day.day, working=day.working, origin=day.origin, reason=day.reason, version=day.version)
