"""Validation problems as Chinese sentences. A sentence names the field, the bounds and the allowed values, but never
the value that was sent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chassis.domain import Invalid

#: The form of a field's name. A name without this form is possibly personal data, so the sentence does not quote it.
PLACE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}|[0-9]{1,9}")
UNNAMED: Final = "…"
#: The maximum number of problems in a response.
MOST_PROBLEMS: Final = 50

_NOT_A = "须为{}，请修改"
NO_FIELD: Final = "不是可用的字段，请删除"
UUID_EXPECTED: Final = _NOT_A.format("UUID（如 4f1c2a52-0d57-4c63-9a0e-2f3f0f1d7a10）")
DAY_EXPECTED: Final = _NOT_A.format("日期（如 2024-05-10）")
INSTANT_EXPECTED: Final = _NOT_A.format("带时区的时间（如 2024-05-10T12:00:00+08:00）")
_SENTENCES: Final = {
    "missing": "必须填写，请补上",
    "extra_forbidden": NO_FIELD,
    "json_invalid": "不是有效的JSON，请检查后重试",
    "greater_than": "须大于{gt}，请修改",
    "greater_than_equal": "不能小于{ge}，请修改",
    "less_than": "须小于{lt}，请修改",
    "less_than_equal": "不能大于{le}，请修改",
    "multiple_of": "须为{multiple_of}的倍数，请修改",
    "string_too_short": "不能少于{min_length}个字符，请补充",
    "string_too_long": "不能超过{max_length}个字符，请缩短",
    "string_pattern_mismatch": "格式不正确，请检查后修改",
    "too_short": "不能少于{min_length}项，请补充",
    "too_long": "不能超过{max_length}项，请减少",
    "timezone_aware": "须带时区，请填写如 2024-05-10T12:00:00+08:00",
}
#: The beginning of the type of pydantic's error → the sentence. The first beginning that fits is used.
_BEGINNINGS: Final = {
    "int_": _NOT_A.format("整数"),
    "float_": _NOT_A.format("数字"),
    "finite_number": _NOT_A.format("数字"),
    "decimal_": _NOT_A.format("数字"),
    "bool_": _NOT_A.format("true 或 false"),
    "string_": _NOT_A.format("文本"),
    "date_from_datetime": DAY_EXPECTED,
    "date_": DAY_EXPECTED,
    "datetime_": INSTANT_EXPECTED,
    "timezone_": INSTANT_EXPECTED,
    "uuid_": UUID_EXPECTED,
    "list_": _NOT_A.format("列表"),
    "dict_": _NOT_A.format("对象"),
    "model_": _NOT_A.format("对象"),
    "json_": "不是有效的JSON，请检查后重试",
}
_EMPTY: Final = "不能为空，请填写"
_ANYTHING_ELSE: Final = "内容不符合要求，请检查后修改"
#: 'a', 'b' or 'c', as pydantic lists the values that an enum or a literal accepts.
_EXPECTED: Final = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Problem:
    """`where`: the path of the field. `what`: pydantic's code for the error, such as `missing`. `message`: what is
    wrong, without the field's name.
    """

    where: str
    what: str
    message: str

    @property
    def sentence(self) -> str:
        """The field and `message`, for the text of the refusal. The field has no leading `query.` or `body.`."""
        field = self.where.partition(".")[2] or self.where
        return f"{field} {self.message}"

    def json(self) -> dict[str, str]:
        return {"where": self.where, "what": self.what, "message": self.message}


def invalid(problems: Sequence[Problem]) -> Invalid:
    """The refusal with which the route answers. The text of the refusal contains the first problem, and the number of
    problems after the first.
    """
    more = f"（另有{len(problems) - 1}处）" if len(problems) > 1 else ""
    first = f"提交的内容有误：{problems[0].sentence}{more}" if problems else None
    return Invalid(first, problems=[problem.json() for problem in problems[:MOST_PROBLEMS]])


def problems_of(errors: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """The problems in pydantic's errors, each once."""
    found: dict[tuple[str, str], Problem] = {}
    for error in errors:
        problem = Problem(place_of(error["loc"]), str(error["type"]), sentence_of(error))
        found.setdefault((problem.where, problem.what), problem)
    return list(found.values())


def place_of(path: Sequence[Any]) -> str:
    return ".".join(part if PLACE.fullmatch(part) else UNNAMED for part in map(str, path))


def sentence_of(error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind in ("enum", "literal_error"):
        allowed = _EXPECTED.findall(str(context.get("expected", "")))
        return f"不是可用的值，可选：{'、'.join(allowed)}" if allowed else "不是可用的值，请按接口文档修改"
    if kind == "string_too_short" and context.get("min_length") == 1:
        return _EMPTY
    if kind in _SENTENCES:
        return _SENTENCES[kind].format_map({name: _plain(value) for name, value in context.items()})
    if any("\u4e00" <= character <= "\u9fff" for character in str(error.get("msg", ""))) and not kind.endswith("error"):
        return str(error["msg"])
    return next((text for start, text in _BEGINNINGS.items() if kind.startswith(start)), _ANYTHING_ELSE)


def _plain(bound: Any) -> Any:
    """Show 10.0 as 10."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound
