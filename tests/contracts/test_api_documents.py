"""Every operation of every service has examples of its requests and responses, and the examples are valid."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from documents import SERVICES, api_document

#: Routes of the chassis, the same in every service.
OF_THE_CHASSIS = ("/health/", "/metrics", "/ops/")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if not path.startswith(OF_THE_CHASSIS):
            for method, operation in methods.items():
                yield f"{method.upper()} {path}", operation


def json_schemas(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, schema) of the JSON body and of each successful JSON response."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        yield "body", body
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if status.startswith("2") and content and content.get("schema"):
            yield status, content


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def examples_of(content: dict[str, Any], document: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The examples and their schema. For a page or a list: the examples and the schema of its items."""
    if "examples" in content:
        return [one["value"] for one in content["examples"].values()], content["schema"]
    schema = content["schema"]
    found = resolved(schema, document)
    items = found.get("properties", {}).get("items", {})
    if not found.get("examples") and "total" in found.get("properties", {}) and "items" in items:
        schema = items["items"]
    elif found.get("type") == "array" and not found.get("examples"):
        schema = found["items"]
    return list(resolved(schema, document).get("examples", [])), schema


@pytest.mark.parametrize("package", SERVICES)
def test_every_operation_has_examples_that_fit(package: str):
    document = api_document(package)
    missing, wrong = [], []
    for name, operation in operations(document):
        assert operation.get("description"), f"{name} says nothing of itself"
        for what, content in json_schemas(operation):
            examples, schema = examples_of(content, document)
            if not examples:
                missing.append(f"{name} {what}")
            validator = jsonschema.Draft202012Validator(schema | {"components": document["components"]})
            wrong += [f"{name} {what}: {e.message}" for one in examples for e in validator.iter_errors(one)]
    assert missing == []
    assert wrong == []


@pytest.mark.parametrize("package", SERVICES)
def test_every_answer_has_a_shape(package: str):
    """Even a route that returns a bare Response must declare the schema of its response."""
    shapeless = []
    for name, operation in operations(api_document(package)):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if status.startswith("2") and status != "204" and content.get("application/json", {}).get("schema") == {}:
                shapeless.append(name)
    assert shapeless == []
