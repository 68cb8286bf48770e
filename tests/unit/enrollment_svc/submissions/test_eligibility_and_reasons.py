"""Why a person is refused at submission, and why a person is missing from a list."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.reasons import reasons, tab_of
from enrollment_svc.domain.candidates.statuses import NOTHING_KNOWN, Statuses, newer
from enrollment_svc.domain.submissions.eligibility import Ineligible, ineligible

NOW = datetime.fromisoformat("2024-05-10T12:00:00+08:00")
MONTH = timedelta(days=30)
SSC, SERVICE = Channel.SOCIAL_SECURITY_CARD, Channel.SERVICE_CARD
READY = Person(
    member_id=uuid4(),
    unit_id=uuid4(),
    document_type=DocumentType.RESIDENT_ID,
    channel=SSC,
    standing=Standing.READY,
    to_confirm=False,
    confirmed=False,
    statuses=Statuses(CardStatus.NORMAL, "01", NOW, EmploymentStatus.EMPLOYED, "1", NOW),
    renamed_at=None,
    enrolled=False,
    removed=False,
)
OLD = replace(READY.statuses, card_checked_at=NOW - timedelta(days=31))


@pytest.mark.row("D15", "A39", "A45")
@pytest.mark.parametrize(
    ("person", "channel", "why"),
    [
        (READY, SSC, None),
        (replace(READY, removed=True), SSC, Ineligible.NOT_FOUND),
        (replace(READY, enrolled=True), SSC, Ineligible.ALREADY_ENROLLED),
        (replace(READY, enrolled=True, standing=Standing.DECEASED), SSC, Ineligible.ALREADY_ENROLLED),
        (replace(READY, standing=Standing.RETIRED), SSC, Ineligible.RETIRED),
        (replace(READY, standing=Standing.NO_CHANNEL, channel=None), SSC, Ineligible.NO_CHANNEL),
        (replace(READY, channel=SERVICE), SSC, Ineligible.HAS_SERVICE_CARD),
        (READY, SERVICE, Ineligible.NO_SERVICE_CARD),
        (replace(READY, standing=Standing.TO_VERIFY), SSC, Ineligible.NOT_READY),
        (replace(READY, statuses=OLD), SSC, Ineligible.STATUS_STALE),
        (replace(READY, statuses=OLD, channel=SERVICE), SERVICE, None),
        (replace(READY, renamed_at=NOW + timedelta(seconds=1)), SSC, Ineligible.STATUS_STALE),
    ],
)
def test_the_first_reason_against_a_person_is_the_one_he_is_told(
    person: Person, channel: Channel, why: Ineligible | None
):
    assert ineligible(person, channel, NOW, MONTH) is why


@pytest.mark.row("D13")
def test_statuses_of_thirty_days_still_count_and_older_ones_do_not():
    at_limit = replace(READY.statuses, card_checked_at=NOW - MONTH)
    assert ineligible(replace(READY, statuses=at_limit), SSC, NOW, MONTH) is None
    beyond = replace(READY.statuses, employment_checked_at=NOW - MONTH - timedelta(seconds=1))
    assert ineligible(replace(READY, statuses=beyond), SSC, NOW, MONTH) is Ineligible.STATUS_STALE


def test_each_registrys_newer_answer_counts_and_an_unasked_one_changes_nothing():
    card_only = Statuses(CardStatus.SEALED, "02", NOW + MONTH)
    assert newer(READY.statuses, card_only).employment is EmploymentStatus.EMPLOYED
    assert newer(READY.statuses, card_only).card is CardStatus.SEALED
    assert newer(READY.statuses, Statuses(CardStatus.SEALED, "02", NOW - MONTH)) == READY.statuses
    assert newer(READY.statuses, NOTHING_KNOWN) == READY.statuses
    no_record = Statuses(None, None, NOW + MONTH)
    assert newer(READY.statuses, no_record).card is None


@pytest.mark.row("F093", "F094", "F095", "F119", "F120")
@pytest.mark.parametrize(
    ("person", "list_channel", "codes"),
    [
        (READY, SSC, []),
        (replace(READY, enrolled=True), SSC, ["ALREADY_ENROLLED"]),
        (replace(READY, channel=SERVICE), SSC, ["HAS_SERVICE_CARD"]),
        (READY, SERVICE, ["NO_SERVICE_CARD"]),
        (replace(READY, channel=None, standing=Standing.NO_CHANNEL), SSC, ["NOT_RESIDENT_ID"]),
        (
            replace(
                READY,
                standing=Standing.TO_VERIFY,
                statuses=replace(READY.statuses, card=CardStatus.SEALED, employment=EmploymentStatus.UNCLEAR),
            ),
            SSC,
            ["CARD_ABNORMAL", "EMPLOYMENT_UNCLEAR"],
        ),
        (
            replace(READY, standing=Standing.TO_VERIFY, statuses=NOTHING_KNOWN),
            SSC,
            ["CARD_UNKNOWN", "EMPLOYMENT_UNKNOWN"],
        ),
        (replace(READY, statuses=OLD), SSC, ["STATUS_STALE"]),
        (replace(READY, standing=Standing.RETIRED, removed=True), SSC, ["REMOVED", "RETIRED"]),
    ],
)
def test_every_reason_is_listed_with_a_next_step(person: Person, list_channel: Channel, codes: list[str]):
    found = reasons(person, list_channel, NOW, MONTH)
    assert [reason.code for reason in found] == codes
    assert all(reason.message and reason.next_step for reason in found)


def test_only_the_two_tabs_list_people():
    assert tab_of(READY) is Standing.READY
    for hidden in (
        replace(READY, enrolled=True),
        replace(READY, removed=True),
        replace(READY, standing=Standing.RETIRED),
    ):
        assert tab_of(hidden) is None
