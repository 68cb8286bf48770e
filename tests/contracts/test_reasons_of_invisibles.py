"""A reason or remark that consists of invisible characters counts as empty, in every body of every route."""

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from documents import SERVICES, routes_of
from pydantic import BaseModel, TypeAdapter, ValidationError

#: Names of fields whose texts people write for other people. Other texts, such as the cause of a dead letter, have
#: other types.
WRITTEN = ("reason", "remark", "text", "note")
UNSEEN = ("", " ", "\u200b", "\u3164\u2800", "\u3000\ufeff\u00ad", "\t\r\n\u2028", "\u115f\u1160\ufe0f\u200d")


def bodies() -> Iterator[tuple[str, type[BaseModel]]]:
    for package in SERVICES:
        for route in routes_of(package):
            for parameter in inspect.signature(route.endpoint).parameters.values():
                kind = (get_args(parameter.annotation) or (parameter.annotation,))[0]
                if inspect.isclass(kind) and issubclass(kind, BaseModel):
                    yield f"{route.service} {route.method} {route.path}", kind


FIELDS = [(f"{where} {name}", kind, name) for where, kind in bodies() for name in WRITTEN if name in kind.model_fields]


def taken(kind: type[BaseModel], name: str, value: str) -> Any:
    """The value of the field after validation; also "" if the field refuses the value as empty."""
    field = kind.model_fields[name]
    wanted: Any = field.annotation
    for extra in field.metadata:
        wanted = Annotated[wanted, extra]
    try:
        return TypeAdapter(wanted).validate_python(value)
    except ValidationError as error:
        [problem] = error.errors()
        return "" if problem["type"] == "string_too_short" else problem["type"]


def test_reasons_of_every_service_are_looked_at():
    services = {where.partition(" ")[0] for where, _, _ in FIELDS}
    assert {"member-svc", "enrollment-svc", "review-svc", "payment-svc"} <= services
    assert len(FIELDS) > 12


@pytest.mark.parametrize("value", UNSEEN, ids=ascii)
@pytest.mark.parametrize(("where", "kind", "name"), FIELDS, ids=[one[0] for one in FIELDS])
def test_a_reason_that_nobody_sees_is_empty(where: str, kind: type[BaseModel], name: str, value: str):
    assert taken(kind, name, value) == ""


@pytest.mark.parametrize(("where", "kind", "name"), FIELDS, ids=[one[0] for one in FIELDS])
def test_what_is_seen_is_kept(where: str, kind: type[BaseModel], name: str):
    assert taken(kind, name, "\u200b 材料不齐\ufeff\n") == "材料不齐"
