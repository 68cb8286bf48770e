"""Refuses values that no route can accept: text that PostgreSQL cannot store, numbers that are too large, parameters
that are sent twice.

Every FastAPI application has this check as a dependency, so a route needs its own check only if it reads its body
as a stream. Errors never quote the values, because a value is possibly personal data.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, get_args, get_origin
from urllib.parse import unquote_to_bytes

import orjson
from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from starlette.datastructures import FormData

from chassis.domain import Refusal
from chassis.validation import INT64, Problem, invalid, place_of

#: A JSON body with more levels than this is refused. The deepest body that a route expects has six levels.
DEEPEST: Final = 32
#: Headers that decide how a request is handled. Therefore they must not be sent more than once.
SINGLE: Final = ("authorization", "content-type", "idempotency-key")
LONG_NUMBER: Final = re.compile(rb"[0-9]{19}")

ZERO = "不能含有空字符（U+0000），请删除"
SURROGATE = "不能含有残缺的字符（孤立的代理项），请删除"
ENCODING = "须为UTF-8编码，请转换后重试"
TOO_LARGE = "数字过大，超出可处理的范围，请修改"
REPEATED = "只能填写一次，请删除多余的"
TOO_DEEP = f"嵌套不能超过{DEEPEST}层，请简化"


class BodyUnreadable(Refusal):
    code = "BODY_UNREADABLE"
    status = 400
    message = "请求内容不是有效的JSON，请检查后重试"


class HeaderRepeated(Refusal):
    code = "HEADER_REPEATED"
    status = 400
    message = "请求头重复，请只发送一次"


async def refuse_unfit(request: Request) -> None:
    """Check a request. Raises HeaderRepeated, BodyUnreadable, or Invalid with the location of each problem."""
    for name in SINGLE:
        if len(request.headers.getlist(name)) > 1:
            raise HeaderRepeated(header=name)
    problems = [
        *_path_problems(request),
        *_query_problems(request.scope["query_string"]),
        *_repeated_parameters(request),
        *await _body_problems(request),
    ]
    if problems:
        raise invalid(problems)


def _path_problems(request: Request) -> Iterator[Problem]:
    for name, value in request.path_params.items():
        if "\x00" in str(value):
            yield Problem(f"path.{name}", "zero_character", ZERO)
    if _not_utf8(request.scope.get("raw_path") or b""):
        yield Problem("path", "encoding", ENCODING)


def _query_problems(query: bytes) -> Iterator[Problem]:
    for pair in filter(None, query.split(b"&")):
        name = pair.partition(b"=")[0]
        where = place_of(("query", unquote_to_bytes(name.replace(b"+", b" ")).decode("utf-8", "replace")))
        if _not_utf8(pair):
            yield Problem(where, "encoding", ENCODING)
        elif b"\x00" in unquote_to_bytes(pair):
            yield Problem(where, "zero_character", ZERO)


def _repeated_parameters(request: Request) -> Iterator[Problem]:
    """Refuse a single-valued parameter that is sent twice, because FastAPI would silently use only the last value."""
    names = [name for name, _ in request.query_params.multi_items()]
    if len(names) == len(set(names)):
        return
    declared = [
        field for field in get_flat_params(request.scope["route"].dependant) if isinstance(field.field_info, Query)
    ]
    single = {field.alias for field in declared if not _is_list(field.field_info.annotation)}
    for name in dict.fromkeys(name for name in names if names.count(name) > 1 and name in single):
        yield Problem(place_of(("query", name)), "repeated", REPEATED)


def _repeated_fields(form: FormData, request: Request) -> Iterator[Problem]:
    names = [name for name, _ in form.multi_items()]
    if len(names) == len(set(names)):
        return
    models = [field.field_info.annotation for field in request.scope["route"].dependant.body_params]
    fields = {name: field for model in models for name, field in getattr(model, "model_fields", {}).items()}
    lists = {name for name, field in fields.items() if _is_list(field.annotation)}
    for name in dict.fromkeys(name for name in names if names.count(name) > 1 and name not in lists):
        yield Problem(place_of(("body", name)), "repeated", REPEATED)


def _is_list(annotation: Any) -> bool:
    return any(get_origin(one) is list for one in (annotation, *get_args(annotation)))


def _not_utf8(quoted: bytes) -> bool:
    try:
        unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        return True
    return False


async def _body_problems(request: Request) -> list[Problem]:
    """Check the body, if FastAPI has read it already. A route that streams its body checks the body itself."""
    form = getattr(request, "_form", None)
    if isinstance(form, FormData):
        return [*_repeated_fields(form, request), *_form_problems(form)]
    body: bytes = getattr(request, "_body", b"")
    return _json_problems(body) if body and _is_json(request) else []


def _form_problems(form: FormData) -> Iterator[Problem]:
    for name, value in form.multi_items():
        yield from _text_problems(name, "body")
        yield from _text_problems(value if isinstance(value, str) else value.filename or "", place_of(("body", name)))


def _is_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "").lower()


def _json_problems(body: bytes) -> list[Problem]:
    """Examine every value only if a quick search finds something suspicious, or if the strict orjson refuses the body.

    Parsing a body with `json` and examining each value is slow, and most bodies do not need it.
    """
    suspicious = b"\\u0000" in body or LONG_NUMBER.search(body) or body.count(b"[") + body.count(b"{") > DEEPEST
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        suspicious = True
    if not suspicious:
        return []
    try:
        problems = list(_value_problems(json.loads(body, parse_constant=_no_number), "body"))
    except (ValueError, RecursionError):
        raise BodyUnreadable from None
    return problems


def _no_number(_: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _value_problems(value: Any, where: str, depth: int = 0) -> Iterator[Problem]:
    if isinstance(value, str):
        yield from _text_problems(value, where)
    elif isinstance(value, int | float):
        if not -INT64 <= value <= INT64:
            yield Problem(where, "number_too_large", TOO_LARGE)
    elif depth == DEEPEST and value:
        yield Problem(where, "too_deep", TOO_DEEP)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _text_problems(name, where)
            yield from _value_problems(one, f"{where}.{place_of((name,))}", depth + 1)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _value_problems(one, f"{where}.{at}", depth + 1)


def _text_problems(text: str, where: str) -> Iterator[Problem]:
    if "\x00" in text:
        yield Problem(where, "zero_character", ZERO)
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem(where, "lone_surrogate", SURROGATE)
