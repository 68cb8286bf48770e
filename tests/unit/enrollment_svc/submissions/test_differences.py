"""Why a person of an earlier submission is not among the people who are selected for the next one."""

from dataclasses import replace

import pytest
from unit.enrollment_svc.submissions.test_eligibility_and_reasons import MONTH, NOW, OLD, READY, SERVICE, SSC

from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.submissions.differences import NEXT_STEPS, Missing, why_missing


@pytest.mark.row("A49")
@pytest.mark.parametrize(
    ("person", "why"),
    [
        (None, Missing.NO_MEMBER),
        (replace(READY, removed=True), Missing.NO_MEMBER),
        (READY, Missing.NOT_TICKED),
        (replace(READY, channel=SERVICE), Missing.OTHER_CHANNEL),
        (replace(READY, standing=Standing.DECEASED), Missing.DECEASED),
        (replace(READY, standing=Standing.RETIRED), Missing.RETIRED),
        (replace(READY, standing=Standing.NO_CHANNEL, channel=None), Missing.NO_CHANNEL),
        (replace(READY, standing=Standing.TO_VERIFY), Missing.NOT_READY),
        (replace(READY, statuses=OLD), Missing.STATUS_STALE),
    ],
)
def test_everybody_who_is_missing_has_a_reason_and_a_next_step(person: Person | None, why: Missing):
    assert why_missing(person, SSC, NOW, MONTH) is why
    assert NEXT_STEPS[why]
    assert why.label
