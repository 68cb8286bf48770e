"""Checks and normalizes the handler's name, mobile and email (经办人信息) of a submission (F239–F242)."""

import re
from dataclasses import dataclass

from chassis.domain import Invalid
from chassis.normalization import NameProblem, display_name, half_width, mobile_key, name_problem

MOBILE = re.compile(r"1[3-9][0-9]{9}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 50

PROMPT = "请填写当前批次经办人信息"


@dataclass(frozen=True, slots=True)
class Handler:
    """The handler's personal data. The database stores them encrypted. Only the center gets them."""

    name: str
    mobile: str
    email: str


def checked_handler(name: str, mobile: str, email: str) -> Handler:
    """The normalized handler. Raises Invalid with one sentence for each missing or wrong field."""
    unreadable = name_problem(name) in (NameProblem.LOST, NameProblem.IMPOSSIBLE)
    name, mobile = display_name(name), mobile_key(mobile)
    email = email.strip() if CONTROL.search(email.strip()) else half_width(email)
    problems = {
        "name": _name_problem(name, unreadable=unreadable),
        "mobile": _mobile_problem(mobile),
        "email": _email_problem(email),
    }
    wrong = {field: sentence for field, sentence in problems.items() if sentence}
    if wrong:
        raise Invalid(PROMPT, fields=wrong)
    return Handler(name, mobile, email)


def _name_problem(name: str, *, unreadable: bool) -> str | None:
    if not name:
        return "请填写姓名"
    if unreadable:
        return "姓名中有字已丢失或无法识别，请重新填写"
    return f"姓名不能超过{LONGEST_NAME}个字符" if len(name) > LONGEST_NAME else None


def _mobile_problem(mobile: str) -> str | None:
    if not mobile:
        return "请填写手机号"
    return None if MOBILE.fullmatch(mobile) else "手机号格式不正确，请填写11位手机号码"


def _email_problem(email: str) -> str | None:
    if not email:
        return "请填写电子邮箱"
    is_valid = len(email) <= LONGEST_EMAIL and EMAIL.fullmatch(email)
    return None if is_valid else "电子邮箱格式不正确，请检查后重新填写"
