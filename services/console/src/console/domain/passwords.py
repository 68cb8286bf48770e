"""The rules of passwords, by NIST SP 800-63B.

A password must be long and not easy to guess. It need not be changed without a reason.
"""

from chassis.domain import Refusal

FEWEST_CHARACTERS = 12
MOST_CHARACTERS = 128
#: N in this rule: a password is refused if a program could find it with fewer than 10^N attempts. The limit matters if
#: somebody steals the database. At the sign-in, an account allows only six attempts in fifteen minutes.
FEWEST_GUESSES_LOG10 = 8


class PasswordTooShort(Refusal):
    code = "PASSWORD_TOO_SHORT"
    status = 422
    message = f"密码至少{FEWEST_CHARACTERS}个字符，请加长；可以用几个不相关的词连成一句"


class PasswordEasy(Refusal):
    code = "PASSWORD_EASY"
    status = 422
    message = "该密码是常见密码，或很容易被猜到，请换一个更长、更少见的密码"


class PasswordIsName(Refusal):
    code = "PASSWORD_IS_NAME"
    status = 422
    message = "密码不能含有账号名、姓名或工会名称，请换一个"


class PasswordUnchanged(Refusal):
    code = "PASSWORD_UNCHANGED"
    status = 422
    message = "新密码不能与原密码相同，请换一个"


class PasswordWrong(Refusal):
    code = "PASSWORD_WRONG"
    status = 403
    message = "原密码不正确，请重新输入"


def refuse_short(password: str) -> None:
    """Raises PasswordTooShort."""
    if len(password) < FEWEST_CHARACTERS:
        raise PasswordTooShort


def refuse_names(password: str, names: list[str]) -> None:
    """Raises PasswordIsName if the password contains one of these names, or if one of the names contains the password.

    Upper and lower case make no difference.
    """
    folded = password.casefold()
    for name in (one.casefold() for one in names if one):
        if name in folded or folded in name:
            raise PasswordIsName
