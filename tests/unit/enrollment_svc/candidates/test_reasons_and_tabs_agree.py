"""Over the whole truth table, the reasons shown for a person agree with the tab in which he is listed (F105, F106,
F113–F118)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing, channel_of, placement
from enrollment_svc.domain.candidates.reasons import counted, reasons, tab_of
from enrollment_svc.domain.candidates.statuses import Statuses

NOW = datetime.fromisoformat("2024-05-10T12:00:00+08:00")
MONTH = timedelta(days=30)
SOMEBODY = UUID(int=1)
STALE = "STATUS_STALE"
OF_STATUS = {
    "CARD_UNKNOWN",
    "CARD_NO_RECORD",
    "CARD_ABNORMAL",
    "EMPLOYMENT_UNKNOWN",
    "EMPLOYMENT_NO_RECORD",
    "EMPLOYMENT_UNCLEAR",
}
OF_CHANNEL = {"HAS_SERVICE_CARD", "NO_SERVICE_CARD", "NOT_RESIDENT_ID"}
#: Code of a reason → whether the reason applies to a person.
EXCLUDING = {
    "REMOVED": lambda person: person.removed,
    "ALREADY_ENROLLED": lambda person: person.enrolled,
    "DECEASED": lambda person: person.statuses.employment is EmploymentStatus.DECEASED,
    "RETIRED": lambda person: person.statuses.employment is EmploymentStatus.RETIRED,
}


@dataclass(frozen=True)
class Case:
    person: Person
    list_channel: Channel

    @property
    def codes(self) -> set[str]:
        return {reason.code for reason in reasons(self.person, self.list_channel, NOW, MONTH)}

    @property
    def tab(self) -> Standing | None:
        """The person's tab in the requested channel; None if the person is in no tab of this channel."""
        return tab_of(self.person) if self.person.channel is self.list_channel else None


def _table() -> Iterator[Case]:
    """Every status, with a fresh answer and with an old answer.

    The status None has two meanings: "no record" if there is an answer, "never checked" if there is none.
    """
    times = (None, NOW, NOW - MONTH - timedelta(days=1))
    yes_or_no = (False, True)
    for kind, has_card, card, card_at, work, work_at, confirmed, removed, enrolled, list_channel in product(
        (DocumentType.RESIDENT_ID, DocumentType.PASSPORT),
        yes_or_no,
        (None, *CardStatus),
        times,
        (None, *EmploymentStatus),
        times,
        yes_or_no,
        yes_or_no,
        yes_or_no,
        Channel,
    ):
        if (card and not card_at) or (work and not work_at):
            continue
        channel = channel_of(kind, has_service_card=has_card)
        place = placement(channel, card, work)
        person = Person(
            SOMEBODY,
            SOMEBODY,
            kind,
            channel,
            place.if_confirmed if confirmed else place.standing,
            place.to_confirm,
            confirmed,
            Statuses(card, None, card_at, work, None, work_at),
            None,
            enrolled,
            removed,
        )
        yield Case(person, list_channel)


TABLE = list(_table())


def _disagreeing(agrees) -> list[Case]:
    return [case for case in TABLE if not agrees(case)][:3]


@pytest.mark.row("F105", "F106", "F113")
def test_who_has_no_reason_but_age_is_the_one_who_stands_in_ready():
    assert _disagreeing(lambda case: (case.tab is Standing.READY) == (case.codes <= {STALE})) == []


@pytest.mark.row("F105", "F118", "F119")
def test_who_stands_in_to_verify_has_a_reason_of_his_statuses_there_and_no_other_has():
    def agrees(case: Case) -> bool:
        named = bool(case.codes & OF_STATUS) and case.person.channel is case.list_channel
        return (case.tab is Standing.TO_VERIFY) == named

    assert _disagreeing(agrees) == []


def test_each_excluding_reason_is_told_of_whom_it_holds_and_of_nobody_else():
    for code, holds in EXCLUDING.items():
        assert _disagreeing(lambda case, code=code, holds=holds: (code in case.codes) == holds(case.person)) == []


def test_a_reason_of_the_channel_is_told_wherever_the_person_has_another_or_none():
    assert (
        _disagreeing(lambda case: bool(case.codes & OF_CHANNEL) == (case.person.channel is not case.list_channel)) == []
    )
    assert _disagreeing(lambda case: ("NOT_RESIDENT_ID" in case.codes) == (case.person.channel is None)) == []


def test_who_is_in_no_tab_is_told_no_status_and_counted_once():
    hidden = [case for case in TABLE if tab_of(case.person) is None and not case.person.removed]
    for case in hidden:
        assert not case.codes & (OF_STATUS | {STALE})
        assert counted(reasons(case.person, case.list_channel, NOW, MONTH)) is not None
