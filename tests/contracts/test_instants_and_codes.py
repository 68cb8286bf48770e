"""All instants in responses have one type (F054), and all codes in exported columns have one kind (D26)."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, get_args, get_origin

import orjson
import pytest
from documents import SERVICES, app_of
from fastapi.routing import iter_route_contexts
from package_modules import modules_of
from pydantic import BaseModel, TypeAdapter

from chassis.domain import Refusal
from chassis.normalization import code_key, unwrapped
from chassis.server import refusal_answer
from chassis.validation import Instant
from chassis.web import Column
from chassis.web.exports import _csv_cells
from simulator.registries.csv_lines import plain

IN_SHANGHAI = get_args(Instant)[1]
#: Suffixes of the names of fields that contain a code. A spreadsheet must not change the digits of a code.
CODES = ("_no", "_nos", "number", "_code")


def answered_models(package: str) -> Iterator[type[BaseModel]]:
    """Every model that a response of the service contains, at any depth."""
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = []
    for route in iter_route_contexts(app_of(package).routes):
        waiting.append(getattr(route, "response_model", None))
        waiting += [answer.get("model") for answer in getattr(route, "responses", {}).values()]
    while waiting:
        hint = waiting.pop()
        waiting += get_args(hint)
        if isinstance(hint, type) and issubclass(hint, BaseModel) and hint not in seen:
            seen.add(hint)
            waiting += [field.annotation for field in hint.model_fields.values()]
            yield hint


def bare_instants(hint: Any, metadata: list[Any]) -> bool:
    """Whether the annotation contains a `datetime` that is not an `Instant` of chassis.validation."""
    if get_origin(hint) is Annotated:
        inner, *more = get_args(hint)
        return bare_instants(inner, [*metadata, *more])
    if hint is datetime:
        return IN_SHANGHAI not in metadata
    return any(bare_instants(one, metadata) for one in get_args(hint))


@pytest.mark.parametrize("package", SERVICES)
@pytest.mark.row("F054")
def test_every_instant_of_every_answer_is_of_the_one_type(package: str):
    models = list(answered_models(package))
    assert len(models) > 5
    bare = [
        f"{model.__module__}.{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if bare_instants(field.annotation, list(field.metadata))
    ]
    assert bare == []


@pytest.mark.row("F054")
def test_an_instant_carries_the_offset_of_shanghai_on_the_wire():
    noon = datetime(2024, 5, 10, 4, 0, tzinfo=UTC)
    assert TypeAdapter(Instant).dump_json(TypeAdapter(Instant).validate_python(noon)) == b'"2024-05-10T12:00:00+08:00"'
    answer = refusal_answer(Refusal(at=noon, inside=[{"at": noon}]))
    detail = orjson.loads(answer.body)["detail"]
    assert detail == {"at": "2024-05-10T12:00:00+08:00", "inside": [{"at": "2024-05-10T12:00:00+08:00"}]}


def columns_of(package: str) -> Iterator[tuple[str, Column]]:
    """Every column that a module of the service declares in a list, in a tuple or in an object with `columns`."""
    for module in modules_of(package):
        for name, value in vars(module).items():
            for column in _columns(value):
                yield f"{module.__name__}.{name}: {column.field}", column


def _columns(value: Any) -> Iterator[Column]:
    if isinstance(value, Column):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _columns(one)
    elif hasattr(value, "columns"):
        yield from _columns(value.columns)


EXPORTING = {package: columns for package in SERVICES if (columns := list(columns_of(package)))}


def test_columns_of_every_service_that_exports_are_found():
    assert set(EXPORTING) >= {"member_svc", "enrollment_svc", "review_svc", "payment_svc"}


@pytest.mark.parametrize("package", EXPORTING)
def test_every_column_of_numbers_is_of_the_kind_code(package: str):
    columns = EXPORTING[package]
    wrong = [where for where, column in columns if column.field.endswith(CODES) and column.kind != "code"]
    assert wrong == []


@pytest.mark.row("D26")
@pytest.mark.parametrize(
    "code",
    ["007000000752", "0000", "6223000011112222333", "2E10", "1-2", "CB202405109000", "3101**********1230", "007"],
)
def test_a_code_in_a_csv_survives_a_spreadsheet_and_comes_back(code: str):
    [cell] = _csv_cells({"member_no": code}, [Column("member_no", "会员编号", "code")])
    assert cell == f'="{code}"'
    assert code_key(cell) == code_key(code)


@pytest.mark.row("D26")
@pytest.mark.parametrize("kind", ["code", "text"])
@pytest.mark.parametrize(
    "text",
    [
        *("12:30", "1,234", "50%", "$5", "￥5", "０１２", "１２：３０", "1E5", "1.5e-3", "-5", "+5", "(5)"),
        *("1/2", "2024-05", "2024.5.1", "9:30 PM", "9:30 p", "5元", "3月5号", " 7", "12-31", "007", "0"),
        *("3月5日", "2024年5月", "上午9:30", "5-Jan", "May 2024", "1 1/2", "1 234", "6223000011112222"),
    ],
)
def test_what_a_spreadsheet_would_change_is_kept_and_comes_back(text: str, kind: Any):
    [cell] = _csv_cells({"tag": text}, [Column("tag", "会员标签", kind)])
    assert cell == f'="{text}"'
    assert (unwrapped(cell), code_key(cell), plain(cell)) == (text, code_key(text), text.strip())


@pytest.mark.parametrize(
    "text",
    [
        *("上海第1厂", "劳模", "A123", "1A", "E5", "5p", "-", "示例（上海）2号楼一车间", "", "=1+1", "@a", "+a"),
        *("-x", "5\n6", '5"', '=5"&A1', "+86 1", "五月", "May", "1+1", "marketing 1部"),
    ],
)
def test_other_texts_are_no_formulas(text: str):
    [cell] = _csv_cells({"tag": text}, [Column("tag", "会员标签")])
    assert cell == (f"'{text}" if text[:1] in "=+@-" and len(text) > 1 else text or "-")


@pytest.mark.parametrize("kind", ["code", "text"])
def test_no_text_gets_out_of_its_formula(kind: Any):
    dice = random.Random(3)
    for _ in range(20_000):
        text = "".join(dice.choices("0159=+-@\"'＂“,;|!&A(){}<> \t\r\n年E％％$", k=dice.randrange(1, 9)))
        [cell] = _csv_cells({"x": text}, [Column("x", "x", kind)])
        if cell[0] == "=":
            assert re.fullmatch(r'="[^"\r\n\t]*"', cell), text
        else:
            assert cell[0] not in "+-@\t\r" or cell == "-", text


@pytest.mark.parametrize("code", ['1"&A1', "=1+1", "王", "+86 1", "@a", "A、B"])
def test_what_is_no_plain_code_is_never_put_into_a_formula(code: str):
    [cell] = _csv_cells({"member_no": code}, [Column("member_no", "会员编号", "code")])
    assert cell == (f"'{code}" if code[0] in "=+@" else code)
