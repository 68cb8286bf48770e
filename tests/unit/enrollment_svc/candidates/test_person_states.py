"""The states of a person in a protection year, and the transitions between them."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from chassis.domain import Refusal
from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus
from enrollment_svc.domain.batches.lines import LineState
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.person_states import PERSON, PersonInYear, state_of
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.reasons import counted, reasons
from enrollment_svc.domain.candidates.statuses import Statuses
from enrollment_svc.settings import rules

NOW = datetime.fromisoformat("2024-05-10T12:00:00+08:00")
SSC, SERVICE = Channel.SOCIAL_SECURITY_CARD, Channel.SERVICE_CARD
READY = Person(
    member_id=uuid4(),
    unit_id=uuid4(),
    document_type=DocumentType.RESIDENT_ID,
    channel=SSC,
    standing=Standing.READY,
    to_confirm=False,
    confirmed=False,
    statuses=Statuses(CardStatus.NORMAL, "1", NOW, EmploymentStatus.EMPLOYED, "10", NOW),
    renamed_at=None,
    enrolled=False,
    removed=False,
)
NOWHERE = replace(READY, channel=None, standing=Standing.NO_CHANNEL, document_type=DocumentType.PASSPORT)


@pytest.mark.row("A40", "F093", "F116", "F117")
@pytest.mark.parametrize(
    ("person", "line", "list_channel", "state"),
    [
        (READY, None, SSC, PersonInYear.CANDIDATE),
        (replace(READY, standing=Standing.TO_VERIFY), None, None, PersonInYear.CANDIDATE),
        (READY, None, SERVICE, PersonInYear.HIDDEN),
        (replace(READY, enrolled=True), LineState.IN_REVIEW, SSC, PersonInYear.UNDER_REVIEW),
        (replace(READY, enrolled=True), LineState.COMPLETED, SSC, PersonInYear.ENROLLED),
        (replace(READY, enrolled=True), None, SSC, PersonInYear.HIDDEN),
        (replace(READY, standing=Standing.RETIRED), None, SSC, PersonInYear.EXCLUDED),
        (replace(READY, standing=Standing.DECEASED), None, SERVICE, PersonInYear.EXCLUDED),
        (replace(READY, standing=Standing.DECEASED, enrolled=True), LineState.COMPLETED, SSC, PersonInYear.ENROLLED),
        (NOWHERE, None, SSC, PersonInYear.HIDDEN),
        (replace(READY, removed=True), None, SSC, PersonInYear.HIDDEN),
    ],
)
def test_a_live_enrollment_counts_before_death_and_death_before_a_missing_channel(
    person: Person, line: LineState | None, list_channel: Channel | None, state: PersonInYear
):
    assert state_of(person, line, list_channel) is state


@pytest.mark.row("A40")
@pytest.mark.parametrize(
    ("person", "code"),
    [
        (replace(READY, enrolled=True, standing=Standing.DECEASED), "ALREADY_ENROLLED"),
        (replace(NOWHERE, standing=Standing.DECEASED), "DECEASED"),
        (replace(NOWHERE, standing=Standing.RETIRED), "RETIRED"),
        (NOWHERE, "NOT_RESIDENT_ID"),
    ],
)
def test_of_several_reasons_all_are_told_and_the_first_is_counted(person: Person, code: str):
    found = reasons(person, SSC, NOW, rules().status_max_age)
    first = counted(found)
    assert first is not None
    assert first.code == code
    assert len(found) >= (1 if person == NOWHERE else 2)


@pytest.mark.row("F118", "A54")
@pytest.mark.parametrize(
    ("state", "action", "code"),
    [
        (PersonInYear.UNDER_REVIEW, "exclude", "COVER_STAYS"),
        (PersonInYear.ENROLLED, "exclude", "COVER_STAYS"),
        (PersonInYear.UNDER_REVIEW, "submit", "NO_CANDIDATE"),
        (PersonInYear.EXCLUDED, "submit", "NO_CANDIDATE"),
        (PersonInYear.HIDDEN, "submit", "NO_CANDIDATE"),
        (PersonInYear.CANDIDATE, "complete", "NOT_UNDER_REVIEW"),
        (PersonInYear.UNDER_REVIEW, "center_reject", "NOT_ENROLLED"),
    ],
)
def test_what_may_not_happen_is_refused_by_name(state: PersonInYear, action: str, code: str):
    with pytest.raises(Refusal) as refused:
        PERSON.after(state, action)
    assert refused.value.code == code
    assert refused.value.detail["state"] == state.value
