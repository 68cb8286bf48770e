"""The windows in which a protection year is open for submissions of one enrollment type (A55)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.words import EnrollmentType
from enrollment_svc.domain.refusals import WindowInvalid, YearNotChosen


@dataclass(frozen=True, slots=True)
class Window:
    """Both days are included. `version` 0 = the default window, which nobody has changed."""

    year: int
    kind: EnrollmentType
    opens_on: date
    closes_on: date
    version: int = 0

    def open_on(self, day: date) -> bool:
        return self.opens_on <= day <= self.closes_on


def default_window(kind: EnrollmentType, year: int) -> Window:
    """集中参保: from 12-01 of the previous year to 01-31. 即时参保: from 01-01 to 12-30 (see `check_window`)."""
    if kind is EnrollmentType.CENTRALIZED:
        return Window(year, kind, date(year - 1, 12, 1), date(year, 1, 31))
    return Window(year, kind, date(year, 1, 1), date(year, 12, 30))


def check_window(window: Window) -> Window:
    """Returns the window if it is allowed. Otherwise raises WindowInvalid.

    The cover of 即时参保 starts on the day after the submission and must start within the year. So the window of
    即时参保 closes on 12-30 at the latest (A02). The window of 集中参保 opens on 01-01 of the previous year at the
    earliest.
    """
    year, immediate = window.year, window.kind is EnrollmentType.IMMEDIATE
    first = date(year if immediate else year - 1, 1, 1)
    last = date(year, 12, 30 if immediate else 31)
    if not first <= window.opens_on <= window.closes_on <= last:
        raise WindowInvalid(earliest=first.isoformat(), latest=last.isoformat())
    return window


def of_year(kind: EnrollmentType, year: int, windows: Iterable[Window]) -> Window:
    """The window of the year among `windows`, or the default window."""
    return next((w for w in windows if w.kind is kind and w.year == year), None) or default_window(kind, year)


def open_years(kind: EnrollmentType, today: date, windows: Sequence[Window]) -> list[int]:
    """The years whose windows are open today."""
    near = (today.year, today.year + 1)
    return [year for year in near if of_year(kind, year, windows).open_on(today)]


def year_to_submit(kind: EnrollmentType, requested: int | None, today: date, windows: Sequence[Window]) -> int:
    """The year `requested`, or the open year. Raises YearNotChosen if two years are open, because the handler must
    choose.

    If no year is open, the result is the current year. For this year, `cover` in domain/rates/cover.py raises
    YearClosed or WindowClosed.
    """
    if requested is not None:
        return requested
    years = open_years(kind, today, windows)
    if len(years) > 1:
        raise YearNotChosen(years=years)
    return years[0] if years else today.year
