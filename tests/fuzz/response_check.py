"""Checks a response against the service's API document: status, media type, shape, and no internal error."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

#: Responses to requests without a matching route. If a generated value in a path contains a slash, the request goes
#: to another address, which possibly has no route.
NO_ROUTE = {(404, "ADDRESS_UNKNOWN"), (405, "METHOD_NOT_ALLOWED")}
#: Kafka or PostgreSQL did not answer; the caller's input did not cause this response.
AWAY = (503, "TRY_AGAIN")


@dataclass
class ResponseCheck:
    """Counts all responses. Groups the wrong responses by a sentence that describes the error, and counts each group.
    The sentence contains no value that was sent.
    """

    calls: int = 0
    routes: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    undocumented: Counter[str] = field(default_factory=Counter)
    away: int = 0
    _shapes: dict[int, Any] = field(default_factory=dict)

    def judge(self, name: str, operation: dict[str, Any], document: dict[str, Any], answer: "Answer") -> None:
        self.calls += 1
        self.routes.add(name)
        status, code = answer.status, answer.code
        if (status, code) == AWAY:
            self.away += 1
        elif status >= 500 and str(status) not in operation["responses"]:
            self.faults[f"{name}: {status} {code}"] += 1
        elif (status, code) not in NO_ROUTE and (wrong := self._unlike(operation, document, answer)):
            self.undocumented[f"{name}: {status} {code or ''} {wrong}"] += 1

    def _unlike(self, operation: dict[str, Any], document: dict[str, Any], answer: "Answer") -> str | None:
        shown = operation["responses"].get(str(answer.status))
        if shown is None:
            return "is in no document"
        content = shown.get("content", {})
        if answer.media_type not in {one.split(";")[0] for one in content}:
            return f"has the media type {answer.media_type}"
        schema = content.get("application/json", {}).get("schema")
        if answer.media_type != "application/json" or schema is None:
            return None
        if id(schema) not in self._shapes:
            whole = schema | {"components": document["components"]}
            self._shapes[id(schema)] = jsonschema_rs.Draft202012Validator(whole)
        error = next(iter(self._shapes[id(schema)].iter_errors(json.loads(answer.body))), None)
        return None if error is None else f"does not fit at {list(error.instance_path)}: {list(error.schema_path)[-2:]}"

    @property
    def line(self) -> str:
        faults, undocumented = self.faults.total(), self.undocumented.total()
        return f"fuzz: calls={self.calls} routes={len(self.routes)} 5xx={faults} undocumented={undocumented}"

    @property
    def passed(self) -> bool:
        return self.calls > 0 and not self.faults and not self.undocumented


@dataclass(frozen=True)
class Answer:
    status: int
    media_type: str
    body: bytes

    @property
    def code(self) -> str | None:
        try:
            found: str | None = json.loads(self.body).get("code") if self.status >= 400 else None
        except (ValueError, AttributeError):
            return None
        return found
