"""The OpenAPI document of a service: FastAPI's description of the routes, completed with the refusals of each route.

`chassis.web.reachable` finds the refusals in the functions that a route calls. Every error has the body `Problem`.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field

from chassis.domain import Refusal, TryAgain, Unauthenticated
from chassis.server import (
    FORM,
    BodyTooLarge,
    BodyUnreadable,
    ContentEncodingUnsupported,
    FormUnreadable,
    MediaTypeUnsupported,
)
from chassis.web import KEY_PATTERN, MEDIA_TYPES, ExportFormat, allowed_of, command_of, refusals_of

BINARY: Final = {"type": "string", "format": "binary"}
BEARER: Final = "bearer"
#: The field of an operation with the declaration of its route: act, roles, scope, what is masked.
ACCESS: Final = "x-access"
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new key for each command. A command that is sent again with its key gets the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": f"^{KEY_PATTERN.pattern}$"},
    "example": "5f0c2f8e-7b7b-4d0c-9a53-1f4d6f3d2a10",
}
ABOUT: Final = (
    "Times have the offset +08:00. Money is in fen. Every error has the body `{code, message, detail}`: `code` for "
    "programs, `message` in Chinese for people. `enrollctl token` issues a token."
)


class FieldProblem(BaseModel):
    """One wrong field: `where` is its path, `what` a fixed word for programs, `message` a sentence for people."""

    where: str
    what: str
    message: str


class Problem(BaseModel):
    """The body of each response that is not a success. `detail` depends on the code; for INVALID it has `problems`."""

    code: str = Field(description="stable, for programs")
    message: str = Field(description="Chinese, for people")
    detail: dict[str, Any]


def documented(app: FastAPI) -> dict[str, Any]:
    """The API document. It is built at the first call and then kept."""
    if app.openapi_schema is None:
        app.openapi_schema = _document(app)
    return app.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
    servers = [{"url": "/", "description": "the service that serves this document"}]
    document = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes, servers=servers)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= {model.__name__: model.model_json_schema() for model in (FieldProblem, Problem)}
    components["securitySchemes"] = {BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    document["security"] = [{BEARER: []}]
    for route, operation in _operations(app, document):
        _complete(route, operation)
    return document


def _operations(app: FastAPI, document: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    for route in iter_route_contexts(app.routes):
        for method in getattr(route, "methods", None) or ():
            operation = document["paths"].get(getattr(route, "path_format", ""), {}).get(method.lower())
            if operation is not None:
                yield route, operation


def _complete(route: Any, operation: dict[str, Any]) -> None:
    if (allowed := allowed_of(route.dependencies)) is not None:
        operation[ACCESS] = allowed.document
    if _is_command(route.dependant):
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    refusals = refusals_of_route(route, operation)
    if Unauthenticated not in refusals:
        operation["security"] = []
    operation["responses"].pop("422", None)
    for status, kinds in _by_status(refusals).items():
        # A response that the route itself declares is kept. For example, a health check declares its 503.
        operation["responses"].setdefault(str(status), _problem(kinds))
    _show_files(route, operation)


def refusals_of_route(route: Any, operation: dict[str, Any]) -> set[type[Refusal]]:
    """The refusals of the route's own code, and those of the chassis for requests that do not reach this code."""
    found = refusals_of(route.dependant)
    media_types = set(operation.get("requestBody", {}).get("content", {}))
    if Unauthenticated in found:
        found.add(TryAgain)
    if media_types:
        found |= {ContentEncodingUnsupported, BodyTooLarge, FormUnreadable if FORM in media_types else BodyUnreadable}
    if route.body_field is not None or FORM in media_types:
        found.add(MediaTypeUnsupported)
    if "application/json" not in media_types:
        found.discard(BodyUnreadable)
    elif route.body_field is not None:
        found.discard(FormUnreadable)
    return found


def _is_command(dependant: Any) -> bool:
    return dependant.call is command_of or any(_is_command(below) for below in dependant.dependencies)


def _by_status(refusals: set[type[Refusal]]) -> dict[int, list[type[Refusal]]]:
    found: dict[int, dict[str, type[Refusal]]] = defaultdict(dict)
    for kind in sorted(refusals, key=lambda one: (one.status, one.code, one.__qualname__)):
        found[kind.status].setdefault(kind.code, kind)
    return {status: list(kinds.values()) for status, kinds in found.items()}


def _problem(kinds: list[type[Refusal]]) -> dict[str, Any]:
    codes = [kind.code for kind in kinds]
    schema = {"$ref": "#/components/schemas/Problem", "properties": {"code": {"enum": codes}}}
    content = {"application/json": {"schema": schema}}
    return {"description": "; ".join(f"`{kind.code}` {kind.message}" for kind in kinds), "content": content}


def _show_files(route: Any, operation: dict[str, Any]) -> None:
    """Describe the responses that are files: an export in each of its formats, and every media type except JSON."""
    content = operation["responses"].get("200", {}).get("content", {})
    if any(field.field_info.annotation is ExportFormat for field in _query_of(route.dependant)):
        content |= {media_type: {} for media_type in MEDIA_TYPES.values()}
        operation["responses"]["200"]["content"] = content
    for media_type, described in content.items():
        if media_type != "application/json":
            described.setdefault("schema", BINARY if not media_type.startswith("text/plain") else {"type": "string"})


def _query_of(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for below in dependant.dependencies:
        yield from _query_of(below)
