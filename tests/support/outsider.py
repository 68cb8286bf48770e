"""Calls every declared route with accounts of a union without records; a response must not show data of other unions.

An account is allowed to read, count, download and change only data of its own part of the union tree. That part has no
records here, so any record in a response is a fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from chassis.app import create_app
from chassis.testing import Bench
from chassis.web import CITY_WIDE, DeclaredRoute, declared_routes
from contracts.words import Role

#: Routes whose responses are not empty: settings and texts that every account is allowed to read, and the caller's own
#: data.
OPEN = {
    "GET /calendar/{year}", "GET /rates", "GET /plans", "GET /windows", "POST /rates/simulation", "GET /texts",
    "GET /me", "GET /notices", "POST /notices/read", "POST /notices/{notice_id}/read",
    "GET /payee", "GET /steps", "GET /template.xlsx",
    "GET /statistics/export", "GET /unions",
}  # fmt: skip
USUAL: dict[str, Any] = {
    "year": 2024, "plan": "A", "term": "full_year", "enrollment_type": "immediate", "day": "2024-05-10",
    "format": "csv", "letter_id": 1, "group_id": 1, "notice_id": "6f1c2a34-0000-4000-8000-000000000011",
    "run_id": "6f1c2a34-0000-4000-8000-000000000012", "job_id": "6f1c2a34-0000-4000-8000-000000000013",
}  # fmt: skip
#: Fields of responses that contain a number but are no counts.
NO_COUNT = {"page", "page_size", "year", "version"}


@dataclass
class Outsider:
    """`place`: a union of the tree without any records. `foreign`: name of a parameter in a path, query or body → an id
    or number that belongs to a different part of the tree. `secrets`: texts that this account must never see.
    """

    bench: Bench
    place: UUID
    foreign: Mapping[str, Any]
    secrets: Sequence[str]
    _app: FastAPI = field(init=False)
    _document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._app = create_app(self.bench.service.name, [self.bench.service.router], self.bench.runtime)
        self._document = self._app.openapi()

    async def faults(self) -> str:
        """Call every declared route with every city-wide role that is allowed to call it, with and without filters.

        Returns one line for each fault.
        """
        found = []
        for route, role in self._calls():
            for answer in await self._ask(route, role, self.place):
                if fault := self._judged(route, answer):
                    found.append(f"{role.value} {route.method} {route.path}: {fault}")
        return "\n".join(found)

    async def shown_to_the_city(self) -> set[str]:
        """The reads that show a secret to an account of the whole city. They prove that `faults` can find a leak."""
        reads = [(route, role) for route, role in self._calls() if route.method == "GET" or "search" in route.path]
        return {
            f"{route.method} {route.path}"
            for route, role in reads
            for answer in await self._ask(route, role, None)
            if any(secret in answer.text for secret in self.secrets)
        }

    def _calls(self) -> Iterator[tuple[DeclaredRoute, Role]]:
        for route in declared_routes(self._app):
            if route.allowed is not None and not route.allowed.is_open:
                yield from ((route, role) for role in CITY_WIDE if route.is_for(role.value))

    async def _ask(self, route: DeclaredRoute, role: Role, place: UUID | None) -> list[httpx.Response]:
        operation = self._document["paths"][route.path][route.method.lower()]
        parameters = operation.get("parameters", [])
        path = route.path
        for name in [one["name"] for one in parameters if one["in"] == "path"]:
            path = path.replace(f"{{{name}}}", str(self._value(name)))
        answers = []
        for narrowed in (False, True):
            query = {
                one["name"]: self._value(one["name"])
                for one in parameters
                if one["in"] == "query"
                if one.get("required") or one["name"] == "format" or (narrowed and one["name"] in self.foreign)
            }
            headers = self.bench.token(role, place, account=f"{role.value}-{place}")
            answers.append(
                await self.bench.client.request(
                    route.method, path, params=query, json=self._body(operation), headers=headers
                )
            )
        return answers

    def _value(self, name: str) -> Any:
        return self.foreign[name] if name in self.foreign else USUAL[name]

    def _body(self, operation: dict[str, Any]) -> Any:
        media = operation.get("requestBody", {}).get("content", {}).get("application/json")
        return None if media is None else self._filled(self._examples(media["schema"])[0])

    def _examples(self, schema: dict[str, Any]) -> list[Any]:
        if "anyOf" in schema:
            schema = schema["anyOf"][0]
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return list(schema.get("examples") or [{"reason": "核对"}])

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.foreign[key] if key in self.foreign else self._filled(one) for key, one in value.items()}
        return [self._filled(one) for one in value] if isinstance(value, list) else value

    def _judged(self, route: DeclaredRoute, answer: httpx.Response) -> str | None:
        if leaked := [secret for secret in self.secrets if secret in answer.text]:
            return f"{answer.status_code} shows {leaked}"
        if answer.status_code == 403 or f"{route.method} {route.path}" in OPEN:
            return None
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text[:200]}"
        json = answer.headers["content-type"].startswith("application/json")
        counted = list(_counts(answer.json())) if json else []
        return f"counts {counted}" if counted else None


def _counts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _counts(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _counts(one, name)
    elif isinstance(value, int) and value and not isinstance(value, bool) and name not in NO_COUNT:
        yield f"{name}={value}"
