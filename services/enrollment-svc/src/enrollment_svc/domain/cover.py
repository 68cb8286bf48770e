"""Which year is open, and from when to when a submission covers (A01–A03, A36, A55)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.words import EnrollmentType, Term
from enrollment_svc.domain.refusals import WindowClosed, YearClosed

#: (month, day) of the first start that pays half: 07-01. Days are never counted: 07-01…12-31 is 184 of them.
HALF_YEAR_FROM = (7, 1)


@dataclass(frozen=True, slots=True)
class Cover:
    year: int
    start_on: date
    end_on: date
    term: Term


def open_year(kind: EnrollmentType, today: date) -> int:
    """The year a submission of today is for, when the handler picks none.

    集中 Y is open from 12-01 of the year before to 01-31, 即时 Y from 01-01 to 12-30 (A55).
    """
    if kind is EnrollmentType.CENTRALIZED and today.month == 12:
        return today.year + 1
    return today.year


def cover(kind: EnrollmentType, year: int, now: datetime, half_year_from: tuple[int, int] = HALF_YEAR_FROM) -> Cover:
    """The cover of a submission made at `now` (business time). Raises YearClosed or WindowClosed."""
    if kind is EnrollmentType.CENTRALIZED:
        return _centralized(year, now.date())
    return _immediate(year, now.date(), half_year_from)


def _centralized(year: int, today: date) -> Cover:
    """集中参保: the whole year, always 全年 (A36)."""
    if not date(year - 1, 12, 1) <= today <= date(year, 1, 31):
        raise WindowClosed(year=year)
    return Cover(year, date(year, 1, 1), date(year, 12, 31), Term.FULL_YEAR)


def _immediate(year: int, today: date, half_year_from: tuple[int, int]) -> Cover:
    """即时参保: from the day after the submission (F180); nothing rolls over into the next year (A02)."""
    start_on, end_on = today + timedelta(days=1), date(year, 12, 31)
    if start_on > end_on:
        raise YearClosed(year=year)
    if today.year != year:
        raise WindowClosed(year=year)
    half = (start_on.month, start_on.day) >= half_year_from
    return Cover(year, start_on, end_on, Term.HALF_YEAR if half else Term.FULL_YEAR)
