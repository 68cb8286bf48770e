"""Every route has one declaration: who may call it, whose data it concerns, what is masked; and its code checks it."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from access.routes import GATEWAY, PAGES
from documents import SERVICES, app_of
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from chassis.web import Scope, allowed_of, declared_routes, functions_of, may
from console.domain.menus import MENUS, roles_of
from contracts.words import Role

API = Path(__file__).parents[2] / "docs" / "api"
#: Scope → the functions that check it. The code of a route with this scope must call one of them.
CHECKS = {
    Scope.SELF: {"_recipient", "session_of", "show_me"},
    Scope.OWN: {"own_place", "_owns"},
    Scope.SUBTREE: {"reach", "wide_reach", "reached", "require_reach", "reached_row", "place_of"},
    Scope.ABOVE: {"require_independent_decision"},
    Scope.ACCOUNTS: {"require_superior"},
    Scope.CHAIN: {"visible_line", "_whole"},
    Scope.TURN: {"may_review"},
}
#: Fields of responses that show something of a person.
OF_PEOPLE = {"masked_name", "masked_number", "payload_masked"}


@cache
def built(package: str) -> FastAPI:
    return app_of(package)


def undeclared(app: FastAPI) -> list[str]:
    return [f"{route.method} {route.path}" for route in declared_routes(app) if route.allowed is None]


def unchecked(app: FastAPI, *, with_chassis: bool = False) -> list[str]:
    """The routes whose code calls none of the functions that check the declared scope.

    The routes of the chassis are the same in every service, so one service is enough for them.
    """
    found = []
    for route in iter_route_contexts(app.routes):
        if route.endpoint.__module__.startswith("chassis.") and not with_chassis:
            continue
        allowed = allowed_of(route.dependencies)
        checks = CHECKS.get(allowed.scope) if allowed else None
        if checks and not checks & functions_of(route.dependant):
            found.append(f"{sorted(route.methods)} {route.path} ({allowed.scope.value if allowed else ''})")
    return found


@pytest.mark.row("D02")
@pytest.mark.parametrize("package", SERVICES)
def test_every_route_is_declared_and_its_code_checks_its_scope(package: str):
    app = built(package)
    assert undeclared(app) == []
    assert unchecked(app, with_chassis=package == "console") == []


def test_a_route_without_a_declaration_or_without_a_check_is_found():
    router = APIRouter()

    @router.get("/bare")
    async def bare() -> None: ...

    @router.get("/open", dependencies=[may("查看便条", Role.HANDLER, scope=Scope.SUBTREE)])
    async def unscoped() -> None: ...

    app = FastAPI(openapi_url=None)
    app.include_router(router)
    assert undeclared(app) == ["GET /bare"]
    assert unchecked(app) == ["['GET'] /open (subtree)"]


def test_a_declaration_names_its_scope():
    with pytest.raises(TypeError, match="scope"):
        may("查看便条", Role.HANDLER)  # type: ignore[call-arg]


def operations() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in sorted(API.glob("*.json")):
        document = json.loads(path.read_text())
        for route, methods in document["paths"].items():
            for method, operation in methods.items():
                yield f"{path.stem} {method.upper()} {route}", operation, document


def fields(schema: Mapping[str, Any], document: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """The names of all fields of a response, at any depth."""
    found = set(schema.get("properties", {}))
    for below in _below(schema):
        name = str(below.get("$ref", "")).rsplit("/", 1)[-1]
        if name and name not in seen:
            below = document["components"]["schemas"][name]
        if not name or name not in seen:
            found |= fields(below, document, seen | {name})
    return found


def _below(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    some = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("prefixItems", [])]
    return [*some, *([schema["items"]] if "items" in schema else []), *([schema] if "$ref" in schema else [])]


@pytest.mark.row("A29", "A61")
def test_a_route_that_shows_people_declares_what_is_masked():
    silent, people = [], 0
    for name, operation, document in operations():
        answer = operation["responses"].get("200", operation["responses"].get("201", {}))
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if OF_PEOPLE & fields({"items": schema}, document):
            people += 1
            silent += [name] if operation["x-access"]["shown"] is None else []
    assert silent == []
    assert people > 10


@pytest.mark.parametrize("package", SERVICES)
def test_the_walk_knows_the_routes_that_stand_in_no_document(package: str):
    """`make access` takes its routes from the API documents, and these in addition."""
    document = json.loads((API / f"{SERVICES[package]}.json").read_text())
    shown = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    hidden = {route.path for route in declared_routes(built(package)) if (route.method, route.path) not in shown}
    gateway = {path.replace("{path}", "{path:path}") for path in ([GATEWAY] if package == "console" else [])}
    assert hidden == {*PAGES, *gateway}


@pytest.mark.row("F014")
def test_every_menu_opens_routes_that_exist_and_somebody_may_call():
    assert all(roles_of(route) for menu in MENUS for route in menu.opens)
