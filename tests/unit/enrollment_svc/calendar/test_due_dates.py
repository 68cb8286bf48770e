"""The due time of a check: one working day later, by the official calendar of working days."""

from datetime import date, datetime

import pytest

from enrollment_svc.domain.calendar.due_dates import due_at
from enrollment_svc.usecases.calendar.working_calendar import published_year


@pytest.mark.row("F102", "A07", "A44")
@pytest.mark.parametrize(
    ("requested", "due"),
    [
        ("2024-05-10", date(2024, 5, 11)),
        ("2024-05-11", date(2024, 5, 13)),
        ("2024-05-18", date(2024, 5, 20)),
        ("2024-09-30", date(2024, 10, 8)),
        ("2024-10-03", date(2024, 10, 8)),
        ("2025-01-27", date(2025, 2, 5)),
        ("2025-09-30", date(2025, 10, 9)),
        ("2026-02-14", date(2026, 2, 24)),
    ],
)
@pytest.mark.parametrize("hour", ["00:00:00", "17:31:00", "23:59:59"])
def test_due_at_half_past_five_of_the_next_working_day(requested: str, due: date, hour: str):
    requested_at = datetime.fromisoformat(f"{requested}T{hour}+08:00")
    found = due_at(requested_at, published_year(requested_at.year))
    assert found == datetime.fromisoformat(f"{due}T17:30:00+08:00")


@pytest.mark.row("A44")
def test_no_due_time_where_the_calendar_ends():
    requested_at = datetime.fromisoformat("2026-12-31T10:00:00+08:00")
    assert due_at(requested_at, published_year(2026)) is None
    assert published_year(2027) == {}
