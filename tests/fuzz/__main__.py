"""Calls every route of every service, with requests that schemathesis generates, and with values that
are known to break software.

python -m fuzz [--minutes 6] [--seed 1] [--dir STACK] (`tests` on PYTHONPATH; without --dir, it starts a stack)
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import orjson
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from contracts.words import Role
from enrollctl.declarations import OWN_SERVICES
from enrollctl.demo.stages.caller import Caller
from enrollctl.demo.stages.tree import ABOVE, CITY, DISTRICT, STREET, grassroots
from enrollctl.ops_client.tokens import new_token
from enrollctl.stack.stack import Stack
from fuzz.response_check import Answer, ResponseCheck
from fuzz.values import BODIES, IN_ADDRESSES, spoiled

SERVICES = [service.name for service in OWN_SERVICES]
#: A command that pauses a service. After this command, the service would refuse all later commands.
LEFT_OUT = {("POST", "/ops/maintenance")}
EXAMPLES = 4
NASTY = 6


class Fuzz:
    """One run over one stack."""

    def __init__(self, stack: Stack, run_seed: int) -> None:
        self.response_check = ResponseCheck()
        self._stack = stack
        self._seed = run_seed
        self._chance = random.Random(run_seed)
        self._client = httpx.Client(timeout=30, trust_env=False)
        self._union = grassroots("示例联合工会", run_seed, ["示例一厂", "示例二厂"])
        self._tokens = [*self._issue()]

    def plant(self) -> None:
        city = Caller(self._stack.url, self._stack.keys, account="city", role=Role.MUNICIPAL, union_id=CITY.union_id)
        for place in (*ABOVE, self._union):
            city.act("member-svc", f"/unions/{place.union_id}", place.body(), method="PUT")

    def run(self, seconds: float) -> None:
        """Call all routes in rounds until the time is up. Each round draws new values."""
        documents = {name: self._document(name) for name in SERVICES}
        operations = [(name, *one) for name, (_, schema) in documents.items() for one in _operations(schema)]
        turn, self._ends_at = 0, time.monotonic() + seconds
        while time.monotonic() < self._ends_at:
            self._chance.shuffle(operations)
            for service, method, path, operation in operations:
                if time.monotonic() > self._ends_at and turn:
                    return
                self._one(service, documents[service][0], method, path, operation, turn)
            turn += 1

    def _document(self, service: str) -> tuple[dict[str, Any], Any]:
        document = self._client.get(f"{self._stack.url(service)}/openapi.json", timeout=120).json()
        return document, schemathesis.openapi.from_dict(document)

    def _one(self, service: str, document: Any, method: str, path: str, operation: Any, turn: int) -> None:
        shown = document["paths"][path][method.lower()]
        name = f"{service} {method} {path}"

        def judged(answer: httpx.Response | None) -> None:
            if answer is not None:
                media_type = answer.headers.get("content-type", "").split(";")[0]
                self.response_check.judge(name, shown, document, Answer(answer.status_code, media_type, answer.content))

        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            self._drawn(service, method, operation, mode, turn, judged)
        for _ in range(NASTY):
            judged(self._nasty(service, method, path, shown, document))

    def _drawn(self, service: str, method: str, operation: Any, mode: Any, turn: int, judged: Any) -> None:
        @seed(self._seed * 1000 + turn)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def draw(case: Any) -> None:
            query = case.query if isinstance(case.query, dict) else {}
            body = case.body if isinstance(case.body, dict | list | str | int | float | bool | None) else None
            address = case.formatted_path if hasattr(case, "formatted_path") else _filled(case)
            if case.media_type == "multipart/form-data":
                fields = body if isinstance(body, dict) else {}
                files = {
                    key: ("a", value if isinstance(value, bytes) else str(value).encode("utf-8", "replace"))
                    for key, value in fields.items()
                }
                judged(self._send(service, method, address, params=query, files=files or None))
            else:
                content = _json(body) if case.media_type else None
                judged(self._send(service, method, address, params=query, content=content))

        try:
            draw()
        except Exception as error:  # a schema that hypothesis cannot satisfy is no fault of the service
            if "Unsatisfiable" not in type(error).__name__:
                print(f"not drawn: {service} {method} {operation.path}: {type(error).__name__}", file=sys.stderr)

    def _nasty(self, service: str, method: str, path: str, shown: Any, document: Any) -> httpx.Response | None:
        address, query = path, []
        for parameter in shown.get("parameters", []):
            value = self._chance.choice(IN_ADDRESSES) if self._chance.random() < 0.5 else _usual(parameter, self._union)
            if parameter["in"] == "path":
                address = address.replace(f"{{{parameter['name']}}}", value)
            elif parameter["in"] == "query" and self._chance.random() < 0.5:
                query.append(f"{quote(parameter['name'])}={value}")
        content = None
        if "application/json" in shown.get("requestBody", {}).get("content", {}):
            examples = _examples(shown["requestBody"]["content"]["application/json"]["schema"], document)
            some = self._chance.choice(examples) if examples else {}
            raw = self._chance.random() < 0.2
            content = self._chance.choice(BODIES) if raw else _json(spoiled(some, self._chance))
        return self._send(service, method, address + ("?" + "&".join(query) if query else ""), content=content)

    def _send(self, service: str, method: str, address: str, **more: Any) -> httpx.Response | None:
        headers = {"Idempotency-Key": str(uuid4())} | self._chance.choice(self._tokens)
        if more.get("content") is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._client.request(method, self._stack.url(service) + address, headers=headers, **more)
        except (httpx.InvalidURL, ValueError, TypeError, UnicodeError):
            return None  # an address or header that no HTTP client can send

    def _issue(self) -> Iterator[dict[str, str]]:
        places = {Role.HANDLER: self._union, Role.REVIEWER: DISTRICT, Role.MUNICIPAL: CITY}
        for role in Role:
            place = places.get(role)
            union_id = place.union_id if place else None
            token = new_token(self._stack.keys, account=f"fuzz-{role.value}", role=role, union_id=union_id).text
            yield {"Authorization": f"Bearer {token}"}
        street = new_token(self._stack.keys, account="fuzz-street", role=Role.REVIEWER, union_id=STREET.union_id).text
        yield {"Authorization": f"Bearer {street}"}
        yield {}


def _operations(schema: Any) -> Iterator[tuple[str, str, Any]]:
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) not in LEFT_OUT:
            yield operation.method.upper(), operation.path, operation


def _filled(case: Any) -> str:
    path: str = case.operation.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="", errors="replace"))
    return path


def _json(body: Any) -> bytes:
    try:
        return orjson.dumps(body)
    except (TypeError, ValueError):
        import json

        return json.dumps(body, default=str).encode()


def _usual(parameter: dict[str, Any], union: Any) -> str:
    schema = parameter["schema"]
    kinds = [schema, *schema.get("anyOf", [])]
    if any(one.get("format") == "uuid" for one in kinds):
        return str(union.union_id)
    if any(one.get("type") == "integer" for one in kinds):
        return "2024" if parameter["name"] == "year" else "1"
    choices = [value for one in kinds for value in one.get("enum", [])]
    return str(choices[0]) if choices else "a"


def _examples(schema: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return list(schema.get("examples", []))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        Path(folder).chmod(0o755)
        stack = Stack.attach(options.dir) if options.dir else Stack.start(Path(folder), demo=True)
        try:
            fuzz = Fuzz(stack, options.seed)
            fuzz.plant()
            fuzz.run(60 * options.minutes)
        finally:
            if not options.dir:
                stack.stop()
    for kind, found in (("5xx", fuzz.response_check.faults), ("undocumented", fuzz.response_check.undocumented)):
        for what, times in found.most_common():
            print(f"{kind}  {times:4d}  {what}")
    if fuzz.response_check.away:
        print(f"infrastructure was away for {fuzz.response_check.away} calls")
    print(fuzz.response_check.line)
    return 0 if fuzz.response_check.passed else 1


if __name__ == "__main__":
    sys.exit(main())
