"""Every route of every service × every role: declared roles pass the check, others get 403 with a list of the permitted
roles.
"""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from documents import SERVICES, Route, routes_of, service_of

from chassis.app import create_app
from chassis.domain import TryAgain, Unauthenticated
from chassis.identity import DenialLimit, Principal
from contracts.words import PLACED, Role

UNION = UUID("6f1c2a34-0000-4000-8000-000000000001")
STRANGER = "janitor"
#: Routes of every service that need no token: the platform's health probes and metrics, and the API documents.
OPEN = {
    "GET /", "GET /openapi.json", "GET /docs", "GET /docs/start.js", "GET /docs/assets/{name}", "GET /health/live",
    "GET /health/ready", "GET /metrics",
}  # fmt: skip

#: Routes that are declared to be for everybody: the routes of a sign-in, and the route that publishes the keys.
#: Services check tokens with these keys.
FOR_EVERYBODY = {"POST /captchas", "POST /session", "GET /.well-known/jwks.json"}


class Verifier:
    """Accepts a token that is "role" or "role union" in plain text."""

    async def verify(self, authorization: str | None) -> Principal:
        if not authorization:
            raise Unauthenticated
        role, _, union = authorization.partition(" ")
        return Principal("someone", role, UUID(union) if union else None)


class AwayDatabase:
    """A database that raises TryAgain when it is used. A call that does not pass the role check never uses it."""

    def __getattr__(self, name: str) -> Any:
        raise TryAgain


class RouteCaller:
    def __init__(self, package: str) -> None:
        service = service_of(package)
        runtime: Any = SimpleNamespace(verifier=Verifier(), database=AwayDatabase(), denials=DenialLimit())
        app = create_app(service.name, [service.router], runtime)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://desk")

    async def answer(self, route: Route, token: str | None) -> tuple[int, dict[str, Any]]:
        path = route.path.replace("{", "").replace("}", "")
        headers = {"Idempotency-Key": "k"} | ({"Authorization": token} if token else {})
        answer = await self.client.request(route.method, path, headers=headers)
        return answer.status_code, answer.json()


def guarded(package: str) -> list[Route]:
    return [route for route in routes_of(package) if route.allowed is None or not route.allowed.is_open]


@pytest.mark.parametrize("package", SERVICES)
def test_the_routes_for_everybody_are_these_and_no_others(package: str):
    """Whoever declares a route to be for everybody must add the route to FOR_EVERYBODY here, too."""
    found = {f"{route.method} {route.path}" for route in routes_of(package) if route.allowed and route.allowed.is_open}
    assert found == OPEN | (FOR_EVERYBODY if package == "console" else set())


@pytest.mark.parametrize("package", SERVICES)
def test_every_route_says_who_may(package: str):
    assert [f"{route.method} {route.path}" for route in guarded(package) if route.allowed is None] == []


@pytest.mark.parametrize("package", SERVICES)
async def test_the_declared_roles_pass_and_the_others_are_told_who_may(package: str):
    caller = RouteCaller(package)
    for route in guarded(package):
        assert route.allowed is not None
        for role in (*(one.value for one in Role), STRANGER):
            status, body = await caller.answer(route, f"{role} {UNION}")
            passes = not route.allowed.roles or role in route.allowed.roles
            assert (body.get("code") != "FORBIDDEN_ROLE") is passes, (route.method, route.path, role, body)
            if not passes:
                assert status == 403
                assert body["detail"]["roles"] == list(route.allowed.roles)
                assert route.allowed.act in body["message"]
                assert all(one.label in body["message"] for one in route.allowed.roles)


@pytest.mark.parametrize("package", SERVICES)
async def test_a_role_with_a_place_and_no_union_is_told_so(package: str):
    caller = RouteCaller(package)
    for route in guarded(package):
        assert route.allowed is not None
        for role in PLACED:
            if role in route.allowed.roles:
                status, body = await caller.answer(route, role.value)
                assert (status, body["code"]) == (403, "UNION_MISSING"), (route.method, route.path, role)


@pytest.mark.parametrize("package", SERVICES)
async def test_without_a_token_nobody_gets_in(package: str):
    caller = RouteCaller(package)
    for route in guarded(package):
        assert (await caller.answer(route, None))[0] == 401, (route.method, route.path)


def test_the_command_that_pays_is_named():
    [pays] = [route for route in routes_of("payment_svc") if (route.method, route.path) == ("POST", "/vouchers")]
    assert pays.allowed is not None
    assert (pays.allowed.act, pays.allowed.roles, pays.allowed.only) == (
        "上传缴费凭证",
        (Role.REVIEWER,),
        "区局（产业）工会",
    )
