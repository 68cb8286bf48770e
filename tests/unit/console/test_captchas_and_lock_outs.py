"""Captchas, lock-outs, and which token keys sign and are published."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from integration.console.questions import solved

from console.domain.captchas import CHARACTERS, CaptchaKind, answer_text, draw
from console.domain.menus import menus_of
from console.domain.sign_in import AccountLockedOut, AddressLockedOut, Failures, refuse_locked_out
from console.domain.signing_keys import STAYS_PUBLISHED, KeyTimes, is_key_due, published_keys, signing_key
from contracts.words import Role

NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)


@pytest.mark.row("F006")
def test_a_question_is_solved_by_reckoning():
    dice = random.Random(1)
    for _ in range(500):
        puzzle = draw(CaptchaKind.QUESTION, dice.randrange)
        assert puzzle.answer == solved(puzzle.shown), puzzle


@pytest.mark.row("F006")
def test_the_answer_of_a_picture_is_what_it_shows_in_any_case_and_width():
    puzzle = draw(CaptchaKind.PICTURE)
    assert set(puzzle.shown) <= set(CHARACTERS)
    assert len(puzzle.shown) == 5
    assert answer_text(" " + puzzle.answer.lower() + " ") == puzzle.answer
    assert answer_text("７ｋｑ４ｍ") == "7KQ4M"


def locked_out(of_account: int, from_address: int, *, known: bool = False) -> type[Exception] | None:
    try:
        refuse_locked_out(Failures(of_account, from_address), of_account=6, from_address=60, is_known_device=known)
    except (AccountLockedOut, AddressLockedOut) as refusal:
        return type(refusal)
    return None


@pytest.mark.row("D01")
def test_six_failures_lock_the_account_and_sixty_the_address():
    assert locked_out(5, 59) is None
    assert locked_out(6, 6) is AccountLockedOut
    assert locked_out(0, 60) is AddressLockedOut
    assert locked_out(0, 60, known=True) is None
    assert locked_out(6, 0, known=True) is AccountLockedOut


def key(kid: str, *, signs: int, made: int | None = None, withdrawn: bool = False) -> KeyTimes:
    """A key that begins to sign tokens `signs` minutes after noon."""
    signs_from = NOON + timedelta(minutes=signs)
    created_at = NOON + timedelta(minutes=signs - 5 if made is None else made)
    return KeyTimes(kid, created_at, signs_from, NOON if withdrawn else None)


def published(keys: list[KeyTimes], minutes: float) -> set[str]:
    return {one.kid for one in published_keys(keys, NOON + timedelta(minutes=minutes))}


def signs(keys: list[KeyTimes], minutes: float) -> str | None:
    found = signing_key(keys, NOON + timedelta(minutes=minutes))
    return found.kid if found else None


def test_a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_are_over():
    keys, stays = [key("old", signs=0), key("new", signs=60)], STAYS_PUBLISHED.total_seconds() / 60
    assert (signs(keys, 55), published(keys, 55)) == ("old", {"old", "new"})
    assert (signs(keys, 60), published(keys, 60)) == ("new", {"old", "new"})
    assert published(keys, 60 + stays - 0.1) == {"old", "new"}
    assert published(keys, 60 + stays) == {"new"}


def test_a_withdrawn_key_neither_signs_nor_is_published():
    keys = [key("old", signs=0, withdrawn=True), key("new", signs=10)]
    assert (signs(keys, 5), published(keys, 5)) == (None, {"new"})
    assert (signs(keys, 10), published(keys, 10)) == ("new", {"new"})


def test_a_key_is_due_when_there_is_none_or_the_newest_is_old():
    age = timedelta(minutes=60)
    assert is_key_due([], NOON, age)
    assert is_key_due([key("old", signs=0, withdrawn=True)], NOON, age)
    keys = [key("old", signs=0, made=0)]
    assert not is_key_due(keys, NOON + timedelta(minutes=59), age)
    assert is_key_due(keys, NOON + timedelta(minutes=60), age)
    assert not is_key_due([*keys, key("new", signs=65, made=60)], NOON + timedelta(minutes=61), age)


@pytest.mark.row("F014")
def test_the_menus_of_a_role_are_its_own():
    assert "集中参保审核" not in [menu.label for menu in menus_of(Role.HANDLER)]
    assert "卡片信息管理" in [menu.label for menu in menus_of(Role.HANDLER)]
    assert [menu.label for menu in menus_of(Role.ACCOUNT_ADMIN)] == ["账号管理"]
