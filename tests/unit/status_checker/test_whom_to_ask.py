"""Which registries status-checker queries for which people (F092, A38)."""

from uuid import uuid4

import pytest

from contracts.words import DocumentType
from status_checker.domain import question, requested_question

ELSEWHERE = [kind for kind in DocumentType if kind is not DocumentType.RESIDENT_ID]


@pytest.mark.row("F097")
def test_plain_resident_id_is_asked_at_both_registries() -> None:
    person = question(uuid4(), DocumentType.RESIDENT_ID, has_service_card=False)
    assert (person.ask_card, person.ask_employment) == (True, True)


@pytest.mark.row("A38")
@pytest.mark.parametrize("kind", DocumentType)
def test_service_card_holder_is_asked_for_employment_only_whatever_the_document(kind: DocumentType) -> None:
    person = question(uuid4(), kind, has_service_card=True)
    assert (person.ask_card, person.ask_employment) == (False, True)


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_other_document_without_service_card_is_in_no_channel_and_asked_nothing(kind: DocumentType) -> None:
    person = question(uuid4(), kind, has_service_card=False)
    assert (person.ask_card, person.ask_employment) == (False, False)


def test_requested_check_always_asks_for_employment() -> None:
    person = requested_question(uuid4(), DocumentType.RESIDENT_ID, ask_card=False)
    assert (person.ask_card, person.ask_employment) == (False, True)


def test_requested_check_never_asks_the_card_registry_about_a_passport() -> None:
    person = requested_question(uuid4(), DocumentType.PASSPORT, ask_card=True)
    assert (person.ask_card, person.ask_employment) == (False, True)
