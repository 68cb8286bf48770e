"""Start, end and term of a submission's cover (A01–A03, A36, A55)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.words import EnrollmentType, Term
from enrollment_svc.domain.rates.windows import Window, default_window
from enrollment_svc.domain.refusals import WindowClosed, YearClosed

#: (month, day): cover that starts on this day or later has the term half a year, however many days it lasts.
HALF_YEAR_FROM = (7, 1)


@dataclass(frozen=True, slots=True)
class Cover:
    year: int
    start_on: date
    end_on: date
    term: Term


def cover(
    kind: EnrollmentType,
    year: int,
    now: datetime,
    half_year_from: tuple[int, int] = HALF_YEAR_FROM,
    window: Window | None = None,
) -> Cover:
    """The cover of a submission made at `now`, in Shanghai time. `window` None = the default window.

    Raises YearClosed if the start would be in the next year (A02), WindowClosed if `now` is outside the window.
    """
    today, end_on = now.date(), date(year, 12, 31)
    if kind is EnrollmentType.IMMEDIATE and today + timedelta(days=1) > end_on:
        raise YearClosed(year=year)
    window = window or default_window(kind, year)
    if not window.open_on(today):
        raise WindowClosed(year=year, opens_on=window.opens_on.isoformat(), closes_on=window.closes_on.isoformat())
    if kind is EnrollmentType.CENTRALIZED:
        return Cover(year, date(year, 1, 1), end_on, Term.FULL_YEAR)
    start_on = today + timedelta(days=1)
    return Cover(year, start_on, end_on, term_of(start_on, half_year_from))


def term_of(start_on: date, half_year_from: tuple[int, int] = HALF_YEAR_FROM) -> Term:
    """The term: full year if the cover starts before the day `half_year_from`, otherwise half a year (A03)."""
    return Term.HALF_YEAR if (start_on.month, start_on.day) >= half_year_from else Term.FULL_YEAR


def month_day(text: str) -> tuple[int, int]:
    """`07-01` → (7, 1). Raises ValueError unless the day exists in every year."""
    day = date.fromisoformat(f"2023-{text}")
    return day.month, day.day
