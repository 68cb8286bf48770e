"""The routes of a running stack, from the API documents of its services."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.declarations import Declared
from chassis.web import Scope
from contracts.words import Role

#: Routes that stand in no API document: the pages of a service in a browser, and the gateway of the console.
PAGES = ("/", "/openapi.json", "/docs", "/docs/start.js", "/docs/assets/{name}")
GATEWAY = "/api/{service}/{path}"
GATEWAY_METHODS = ("DELETE", "GET", "POST", "PUT")
CONSOLE = "console"
#: Routes of the console about the session itself. A token is not enough for them, so every token gets 401.
OF_SESSIONS = ("/session", "/sessions", GATEWAY)


@dataclass(frozen=True, slots=True)
class Route:
    """`operation`: the route in the API document; `document`: the whole document, for its schemas."""

    service: str
    method: str
    path: str
    declared: Declared
    operation: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def is_command(self) -> bool:
        """Whether the route changes something. A search by POST needs no Idempotency-Key, because it only reads."""
        headers = [one["name"] for one in self.operation.get("parameters", []) if one["in"] == "header"]
        return "Idempotency-Key" in headers or (self.method != "GET" and not self.operation)

    @property
    def needs_session(self) -> bool:
        return self.service == CONSOLE and not self.declared.is_open and self.path.startswith(OF_SESSIONS)

    def names(self, where: str) -> list[str]:
        """The parameters in the "path" or the "query"."""
        return [one["name"] for one in self.operation.get("parameters", []) if one["in"] == where]


def routes_of(service: str, document: Mapping[str, Any]) -> Iterator[Route]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield Route(service, method.upper(), path, Declared.of(operation["x-access"]), operation, document)
    page = Declared("", (), True, Scope.NONE, {}, ())
    yield from (Route(service, "GET", path, page, {}, document) for path in PAGES)
    if service == CONSOLE:
        gateway = Declared("", tuple(Role), False, Scope.FORWARDED, {}, ())
        yield from (Route(service, method, GATEWAY, gateway, {}, document) for method in GATEWAY_METHODS)
