"""A body over the limit is answered with 413 and a Chinese message, on every route with a body, in every service."""

import sys
from pathlib import Path

import pytest

from chassis.server import body_limit
from contracts.words import Role

sys.path.insert(0, str(Path(__file__).parent))
from test_who_may_do_what import SERVICES, UNION, RouteCaller, routes_of, service_of

from chassis.app import create_app

MOST = 1000


def taking_a_body(package: str) -> dict[tuple[str, str], str]:
    """(method, path) → the content type that the route accepts."""
    service = service_of(package)
    paths = create_app(service.name, [service.router], None).openapi()["paths"]
    return {
        (method.upper(), path): next(iter(operation["requestBody"]["content"]))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }


@pytest.mark.parametrize("package", SERVICES)
async def test_every_body_beyond_the_limit_answers_413(package: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_limit, "MOST_JSON_BYTES", MOST)
    monkeypatch.setattr(body_limit, "MOST_UPLOAD_BYTES", MOST)
    caller, takes = RouteCaller(package), taking_a_body(package)
    for route in routes_of(package):
        media_type = takes.get((route.method, route.path))
        if media_type is None:
            continue
        assert route.allowed is not None
        role = (route.allowed.roles or tuple(Role))[0]
        headers = {"Authorization": f"{role} {UNION}", "Idempotency-Key": "k"}
        if media_type == "application/json":
            sent = {"content": b'{"reason": "' + b"x" * MOST + b'"}', "headers": headers | {"Content-Type": media_type}}
        else:
            sent = {"files": {"file": ("a.xlsx", b"x" * MOST)}, "headers": headers}
        answer = await caller.client.request(route.method, route.path.replace("{", "").replace("}", ""), **sent)
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE"), (route.method, route.path)
        assert "过大" in answer.json()["message"]
