"""Who administers whom, and which passwords are refused."""

from uuid import UUID, uuid4

import pytest

from chassis.domain import Refusal
from console.credentials.password_guessing import guesses_log10
from console.credentials.password_hashing import PasswordHashing
from console.credentials.secret_words import csrf_token, is_csrf_token, new_one_time_password
from console.domain.accounts import (
    ACCOUNT,
    CLOSE,
    LOCK,
    UNLOCK,
    AccountState,
    AccountUnionRequired,
    Administrator,
    NotSuperior,
    RoleOfTheCity,
    require_place,
)
from console.domain.passwords import FEWEST_GUESSES_LOG10, PasswordIsName, PasswordTooShort, refuse_names, refuse_short
from contracts.words import Role

CITY, DISTRICT, STREET, UNION, NEIGHBOR = (uuid4() for _ in range(5))
PATH = [CITY, DISTRICT, STREET, UNION]


def is_above(role: Role, place: UUID | None, union: UUID | None, path: list[UUID], name: str = "other") -> bool:
    try:
        Administrator("admin", role, place).require_superior(name, union, path)
    except NotSuperior:
        return False
    return True


@pytest.mark.row("F012", "F013")
def test_a_superior_union_administers_the_unions_below_it_and_nobody_else():
    admin = Role.ACCOUNT_ADMIN
    assert is_above(admin, DISTRICT, UNION, PATH)
    assert is_above(admin, DISTRICT, STREET, PATH[:3])
    assert is_above(admin, CITY, DISTRICT, PATH[:2])
    assert is_above(admin, None, UNION, PATH)
    assert not is_above(admin, DISTRICT, UNION, PATH, name="admin")  # self
    assert not is_above(admin, UNION, UNION, PATH)  # peer
    assert not is_above(admin, UNION, STREET, PATH[:3])  # lower
    assert not is_above(admin, NEIGHBOR, UNION, PATH)  # sibling
    assert not is_above(admin, CITY, CITY, [CITY])
    assert not is_above(admin, None, None, [])
    assert not is_above(admin, None, uuid4(), [])  # a union that does not exist


def test_the_operator_administers_only_what_has_no_superior():
    assert is_above(Role.OPERATOR, None, None, [])
    assert is_above(Role.OPERATOR, None, CITY, [CITY])
    assert not is_above(Role.OPERATOR, None, UNION, PATH)
    assert not is_above(Role.OPERATOR, None, None, [], name="admin")


def test_a_role_of_the_city_belongs_to_no_smaller_union():
    require_place(Role.HANDLER, UNION, PATH)
    require_place(Role.AUDITOR, None, [])
    require_place(Role.MUNICIPAL, CITY, [CITY])
    with pytest.raises(RoleOfTheCity):
        require_place(Role.MUNICIPAL, DISTRICT, PATH[:2])
    with pytest.raises(AccountUnionRequired):
        require_place(Role.REVIEWER, None, [])


def test_a_closed_account_stays_closed():
    assert ACCOUNT.after(AccountState.ACTIVE, UNLOCK) is AccountState.ACTIVE
    assert ACCOUNT.after(AccountState.LOCKED, UNLOCK) is AccountState.ACTIVE
    for action in (LOCK, UNLOCK, CLOSE):
        with pytest.raises(Refusal):
            ACCOUNT.after(AccountState.CLOSED, action)


@pytest.mark.row("D01")
def test_the_rule_of_passwords_is_their_length_and_not_their_characters():
    refuse_short("只要够长就可以了不用符号")
    with pytest.raises(PasswordTooShort):
        refuse_short("Aa1!Aa1!Aa1")
    refuse_names("一句好记的话而已两千", ["handler-3101", "金桥建设工会委员会"])
    for password in ("Handler-3101-2024", "金桥建设工会委员会", "金桥建设工会委员会2024"):
        with pytest.raises(PasswordIsName):
            refuse_names(password, ["handler-3101", "金桥建设工会委员会"])


@pytest.mark.row("D01")
@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "123456789012", "password1234", "qwertyuiop12", "iloveyou2024"])
async def test_common_passwords_are_easy_to_guess(password: str):
    assert await guesses_log10(password, []) < FEWEST_GUESSES_LOG10


async def test_long_and_rare_passwords_are_not():
    for password in ("correct horse battery staple", "山外青山楼外楼今天吃面", new_one_time_password()):
        assert await guesses_log10(password, []) >= FEWEST_GUESSES_LOG10


async def test_an_unknown_account_is_checked_like_a_known_one_and_never_matches():
    hashing = PasswordHashing(memory_kib=64, passes=1, at_once=2)
    stored = await hashing.hash("right")
    assert stored.startswith("$argon2id$")
    assert await hashing.matches(stored, "right")
    assert not await hashing.matches(stored, "wrong")
    assert not await hashing.matches(None, "right")
    assert PasswordHashing(memory_kib=128, passes=1, at_once=2).is_outdated(stored)


def test_the_csrf_token_belongs_to_its_session():
    assert is_csrf_token("secret", csrf_token("secret"))
    assert not is_csrf_token("secret", csrf_token("another"))
    assert not is_csrf_token("secret", "\udc80é")
