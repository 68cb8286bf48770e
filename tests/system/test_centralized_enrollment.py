"""集中参保 has the same stages as 即时参保, but its own window and its own dates."""

from datetime import date
from pathlib import Path

import pytest

from contracts.words import EnrollmentType
from enrollctl.demo.inputs.plans import plan_for_new_roster
from enrollctl.demo.results.evaluation import problems_of
from enrollctl.demo.run import walk
from enrollctl.stack.stack import Stack

DECEMBER = date(2024, 12, 10)


@pytest.mark.row("A36", "A55", "F087", "F088")
def test_in_december_a_roster_is_enrolled_for_the_whole_year_to_come(stack: Stack, tmp_path: Path):
    """The people of one roster go through both channels, from import to voucher."""
    plan, expected = plan_for_new_roster(
        220, 37, tmp_path, DECEMBER, confirm_all=True, enrollment_type=EnrollmentType.CENTRALIZED
    )
    stack.set_business_clock(plan.opens_at)
    found = walk(stack, plan, lambda _: None)
    assert problems_of(found, expected) == []
    assert (found["lost"], found["doubled"]) == (0, 0)
    assert all(found["submitted"].values())
    assert found["cover"] == {"start_on": "2025-01-01", "end_on": "2025-12-31", "term": "full_year"}
    assert found["due_fen"] == found["paid_fen"] == found["completed"] * 1300
