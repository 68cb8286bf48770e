"""The requests for a route: its path, query and body, filled with the ids of a target."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.bodies import BODIES
from access.routes import Route
from contracts.words import EnrollmentType

#: Values for parameters that name no object of a union.
USUAL: dict[str, Any] = {
    "year": 2027, "plan": "Z9", "term": "full_year", "enrollment_type": EnrollmentType.IMMEDIATE.value,
    "day": "2027-01-04", "format": "csv", "letter_id": 1, "group_id": 1, "name": "favicon.png", "service": "member-svc",
    "path": "me", "run_id": "6f1c2a34-0000-4000-8000-000000000012", "job_id": "6f1c2a34-0000-4000-8000-000000000013",
    "session_id": "6f1c2a34-0000-4000-8000-000000000014",
}  # fmt: skip
FORM = "multipart/form-data"


@dataclass(slots=True)
class Request:
    """`named`: the names of the target's values in the request. `in_path`: those in its path."""

    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    fields: dict[str, Any] | None = None
    files: dict[str, Any] | None = None
    named: set[str] = field(default_factory=set)
    in_path: set[str] = field(default_factory=set)


def request_for(route: Route, values: Mapping[str, Any], *, narrowed: bool) -> Request:
    """`narrowed`: the request also has the optional parameters for which there is a value."""
    request = Request(route.method, route.path)
    known = {} if route.path.startswith("/ops/") else values
    for name in re.findall(r"{(\w+)}", route.path):
        request.path = request.path.replace(f"{{{name}}}", str(_value(name, known, request)))
        request.in_path |= {name} & known.keys()
    for parameter in route.operation.get("parameters", []):
        name = parameter["name"]
        wanted = parameter.get("required") or name == "format" or (narrowed and name in known)
        if parameter["in"] == "query" and wanted:
            request.query[name] = _value(name, known, request)
    _fill_body(route, known, request)
    return request


def _value(name: str, known: Mapping[str, Any], request: Request) -> Any:
    if name not in known:
        return USUAL[name]
    request.named.add(name)
    return known[name]


def _fill_body(route: Route, known: Mapping[str, Any], request: Request) -> None:
    content = route.operation.get("requestBody", {}).get("content", {})
    special = BODIES.get(route.name) or BODIES.get(f"{route.method} {route.path}")
    if FORM in content:
        assert special is not None, f"{route.name} takes a form: write its body"
        request.fields, request.files = special(known)
        request.named |= request.fields.keys() & known.keys()
    elif special is not None:
        request.json = special(known)
        request.named |= set(_names(request.json)) & known.keys()
    elif "application/json" in content:
        request.json = _filled(_example(route, content["application/json"]["schema"]), known, request)


def _example(route: Route, schema: Mapping[str, Any]) -> Any:
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    if "$ref" in schema:
        schema = route.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return (schema.get("examples") or [{}])[0]


def _filled(value: Any, known: Mapping[str, Any], request: Request) -> Any:
    if isinstance(value, dict):
        return {
            key: _value(key, known, request) if key in known else _filled(one, known, request)
            for key, one in value.items()
        }
    return [_filled(one, known, request) for one in value] if isinstance(value, list) else value


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _names(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names(one)
