"""The meaning of the registries' raw codes (F107–F117, A19, A42, D14)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.words import CardStatus, DocumentType, EmploymentStatus
from status_checker.domain import (
    CARD_CODES,
    EMPLOYMENT_CODES,
    Question,
    RegistryAnswer,
    card_status,
    checked_at,
    employment_status,
    tally,
    verdicts,
)

EARLY = datetime(2024, 5, 10, 1, 0, tzinfo=UTC)
LATE = datetime(2024, 5, 10, 2, 0, tzinfo=UTC)


def person(*, card: bool = True, employment: bool = True) -> Question:
    return Question(uuid4(), DocumentType.RESIDENT_ID, card, employment)


@pytest.mark.parametrize(
    ("code", "label"), [("1", "正常"), ("2", "封存"), ("3", "挂失"), ("4", "锁定"), ("5", "注销"), ("0", "不明确")]
)
def test_card_codes_mean_the_words_of_the_manual(code: str, label: str) -> None:
    assert card_status(code).label == label


@pytest.mark.parametrize(("code", "label"), [("10", "在职"), ("20", "退休"), ("30", "死亡"), ("90", "不明确")])
def test_employment_codes_mean_the_words_of_the_manual(code: str, label: str) -> None:
    assert employment_status(code).label == label


@pytest.mark.row("D14")
@given(st.text().filter(lambda code: code not in CARD_CODES))
def test_unknown_card_code_is_unclear_and_never_normal(code: str) -> None:
    assert card_status(code) is CardStatus.UNCLEAR


@pytest.mark.row("D14", "A19")
@given(st.text().filter(lambda code: code not in EMPLOYMENT_CODES))
def test_unknown_employment_code_is_unclear_and_never_employed(code: str) -> None:
    assert employment_status(code) is EmploymentStatus.UNCLEAR


@pytest.mark.row("D13", "A19")
def test_raw_code_is_kept_beside_the_word() -> None:
    [verdict] = verdicts([person()], RegistryAnswer({"0": "99"}, True, EARLY), RegistryAnswer({"0": "11"}, True, EARLY))
    assert (verdict.card, verdict.card_raw) == (CardStatus.UNCLEAR, "99")
    assert (verdict.employment, verdict.employment_raw) == (EmploymentStatus.UNCLEAR, "11")


@pytest.mark.row("F113", "A05", "A42")
def test_missing_record_is_none_and_not_unclear() -> None:
    [verdict] = verdicts([person()], RegistryAnswer({}, True, EARLY), RegistryAnswer({"0": "10"}, True, EARLY))
    assert verdict.card is None
    assert verdict.card_asked
    assert verdict.employment is EmploymentStatus.EMPLOYED


def test_person_who_was_not_asked_about_still_has_a_verdict() -> None:
    answers = verdicts(
        [person(card=False, employment=False), person()],
        RegistryAnswer({"1": "1"}, True),
        RegistryAnswer({"1": "10"}, True),
    )
    assert [(a.card, a.card_asked, a.employment) for a in answers] == [
        (None, False, None),
        (CardStatus.NORMAL, True, EmploymentStatus.EMPLOYED),
    ]
    assert tally(answers) == {"card": {"-": 1, "normal": 1}, "employment": {"-": 1, "employed": 1}}


def test_part_counts_as_checked_when_its_first_registry_answered() -> None:
    kept, fresh = RegistryAnswer({}, True, EARLY), RegistryAnswer({}, True, LATE)
    assert checked_at(kept, fresh, otherwise=LATE) == EARLY
    assert checked_at(RegistryAnswer({}, True), fresh, otherwise=EARLY) == LATE
    assert checked_at(RegistryAnswer({}, True), RegistryAnswer({}, True), otherwise=EARLY) == EARLY


def test_only_the_unanswered_are_missing_until_the_registry_says_that_it_is_done() -> None:
    answers = RegistryAnswer().joined({"0": "1"}, complete=False, at=EARLY)
    assert answers.missing(["0", "1", "2"]) == ["1", "2"]
    answers = answers.joined({"1": "2"}, complete=True, at=LATE)
    assert answers.missing(["0", "1", "2"]) == []
    assert answers.at == EARLY
    assert answers.codes == {"0": "1", "1": "2"}
