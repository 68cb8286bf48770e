"""No route takes a bare number, text or date: what callers send has bounds (`chassis.parameters`), in every service."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "tools"))
from documents import SERVICES, api_document

#: Formats that are bounded by what they are, or by their reader (`Moment`).
BOUNDED_FORMATS = ("uuid", "binary", "date-time")


def what_is_sent(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                yield f"{name} {parameter['name']}", parameter["schema"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{name} body", content["schema"]


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
