"""No route accepts a bare number, text or date: all input has bounds (`chassis.validation`), in every service."""

from collections.abc import Iterator
from typing import Any

import pytest
from documents import SERVICES, api_document, app_of
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import iter_route_contexts

#: Formats that have bounds of their own, or that are read by a type with bounds (`Moment`).
BOUNDED_FORMATS = ("uuid", "binary", "date-time")
#: Paths that the center's program calls. The center is allowed to send new fields before our services can read them.
OF_THE_CENTER = "/center/"
#: Parameters in addresses. Their values are numbers that people copy from documents and screens.
NUMBERS = ("batch_no", "submission_no", "member_no")


def what_is_sent(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                yield f"{name} {parameter['name']}", parameter["schema"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{name} body", content["schema"]


def open_bodies(schema: dict[str, Any], document: dict[str, Any], seen: set[str], name: str = "body") -> Iterator[str]:
    """The models in a body that accept unknown fields."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name not in seen:
            seen.add(name)
            yield from open_bodies(document["components"]["schemas"][name], document, seen, name)
        return
    below = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), schema.get("items")]
    for one in filter(None, below):
        yield from open_bodies(one, document, seen, name)
    if "properties" in schema and schema.get("additionalProperties") is not False:
        yield name


def unbounded(where: str, schema: dict[str, Any], document: dict[str, Any], seen: frozenset[str]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name not in seen:
            yield from unbounded(where, document["components"]["schemas"][name], document, seen | {name})
        return
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from unbounded(where, branch, document, seen)
    for name, one in schema.get("properties", {}).items():
        yield from unbounded(f"{where}.{name}", one, document, seen)
    for one in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(one, dict):
            yield from unbounded(f"{where}[]", one, document, seen)
    if not _is_bounded(schema):
        yield f"{where}: {schema}"


def _is_bounded(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    if "enum" in schema or "const" in schema:
        return True
    if kind in ("integer", "number"):
        return any("inimum" in name for name in schema) and any("aximum" in name for name in schema)
    if kind == "string" and schema.get("format") == "date":
        return "formatMaximum" in schema
    if kind == "string":
        ends = not set("*+") & set(schema.get("pattern", "*"))
        return ends or "maxLength" in schema or schema.get("format") in BOUNDED_FORMATS or "contentMediaType" in schema
    if kind == "array":
        return "maxItems" in schema
    return True


@pytest.mark.parametrize("package", SERVICES)
def test_whatever_a_caller_sends_has_bounds(package: str):
    document = api_document(package)
    found = [one for where, schema in what_is_sent(document) for one in unbounded(where, schema, document, frozenset())]
    assert found == []


@pytest.mark.parametrize("package", SERVICES)
def test_no_body_takes_a_field_that_it_does_not_have(package: str):
    """If unknown fields were accepted, a filter with a misspelled name would select everybody."""
    document = api_document(package)
    found = {
        f"{path}: {name}"
        for path, methods in document["paths"].items()
        if not path.startswith(OF_THE_CENTER)
        for operation in methods.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for name in open_bodies(content["schema"], document, set())
    }
    assert found == set()


@pytest.mark.parametrize("package", SERVICES)
def test_a_file_is_sent_as_a_form_that_can_carry_it(package: str):
    document = api_document(package)
    for where, methods in document["paths"].items():
        for operation in methods.values():
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
                fields = document["components"]["schemas"].get(name, content["schema"]).get("properties", {})
                has_file = any("contentMediaType" in one or one.get("format") == "binary" for one in fields.values())
                assert media_type == ("multipart/form-data" if has_file else "application/json"), where


@pytest.mark.parametrize("package", SERVICES)
def test_a_number_in_an_address_is_read_however_it_is_written(package: str):
    """People copy numbers in full width, in small letters, with spaces and with invisible characters."""
    for route in iter_route_contexts(app_of(package).routes):
        for field in get_flat_params(route.dependant) if hasattr(route, "dependant") else ():
            if field.alias in NUMBERS:
                value, problems = field.validate("\u3000ｃｂ2024\u200b0510 0001", {}, loc=())
                assert (value, problems) == ("CB202405100001", []), (route.path, field.alias)
