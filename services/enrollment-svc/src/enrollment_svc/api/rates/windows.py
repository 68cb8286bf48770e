"""The windows in which a protection year is open for submissions (A55)."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.validation import Body, example, parameters
from chassis.web import Command, CommandResult, Labelled, Read, Scope, may
from contracts.words import EnrollmentType, Role
from enrollment_svc.api.examples import IMMEDIATE
from enrollment_svc.api.rates.rates import Year
from enrollment_svc.domain.rates.windows import Window, of_year
from enrollment_svc.usecases.rates import windows

router = APIRouter(tags=["windows"])


class PutWindow(Body):
    """Both days are included. `version`: the version that the screen showed; 0 if it showed the default window."""

    model_config = example({"opens_on": "2024-01-01", "closes_on": "2024-12-30"})

    opens_on: parameters.Day
    closes_on: parameters.Day
    version: parameters.Version | None = None


class WindowShown(BaseModel):
    """`open`: True if people can be submitted for `year` today. `version` 0: nobody has changed the default window."""

    model_config = example(
        {
            "year": 2024,
            "enrollment_type": IMMEDIATE,
            "opens_on": "2024-01-01",
            "closes_on": "2024-12-30",
            "open": True,
            "version": 0,
        }
    )

    year: int
    enrollment_type: Labelled[EnrollmentType]
    opens_on: date
    closes_on: date
    open: bool
    version: int


class Windows(BaseModel):
    model_config = example({"items": []})

    items: list[WindowShown]


@router.get("/windows", dependencies=[may("查看参保时间", scope=Scope.NONE)])
async def list_windows(read: Read, year: parameters.Year | None = None) -> Windows:
    """The windows of `year`; without `year`, those of the current and of the next year.

    If the windows of both years are open for an enrollment type, the handler chooses the year.
    """
    today = read.now.date()
    known = await windows.around(read.connection, today, year)
    years = [year] if year else [today.year, today.year + 1]
    found = [of_year(kind, one, known) for one in years for kind in EnrollmentType]
    return Windows(items=[_shown(window, today) for window in found])


@router.put(
    "/windows/{year}/{enrollment_type}",
    response_model=WindowShown,
    dependencies=[may("设置参保时间", Role.MUNICIPAL, scope=Scope.CITY)],
)
async def put_window(body: PutWindow, command: Command, year: Year, enrollment_type: EnrollmentType) -> Response:
    """Set a window. Lines that were submitted before this change stay valid."""

    async def put(work: UnitOfWork) -> CommandResult:
        new = Window(year, enrollment_type, body.opens_on, body.closes_on)
        window = await windows.set_window(new, body.version, work)
        days = {"opens_on": window.opens_on.isoformat(), "closes_on": window.closes_on.isoformat()}
        subject = f"{year}/{enrollment_type.value}"
        return CommandResult(
            _shown(window, work.now.date()), subject=subject, detail=days | {"version": window.version}
        )

    return await command.once("window_set", put)


def _shown(window: Window, today: date) -> WindowShown:
    return WindowShown(
        year=window.year,
        enrollment_type=window.kind,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        open=window.open_on(today),
        version=window.version,
    )
