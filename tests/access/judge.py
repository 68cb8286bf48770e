"""Compares an answer with what the declaration of the route says for this caller and target."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from access.declarations import Declared, Verdict
from access.requests import Request
from access.routes import Route
from access.targets import Caller, Secret
from chassis.web import Scope
from contracts.words import PLACED

#: Answers with 403 to an account that may see the union: its request must name one, or nobody else could review what it
#: wants to submit (D03).
NO_REFUSALS = ("UNION_REQUIRED", "NO_OTHER_REVIEWER")
#: A refusal before the route's code: nothing shows whether the caller could have passed.
UNFIT = "INVALID"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str

    @property
    def code(self) -> str:
        try:
            found = json.loads(self.text)
        except ValueError:
            return ""
        return str(found.get("code", "")) if isinstance(found, dict) else ""

    @property
    def is_refusal(self) -> bool:
        return self.status in (401, 403) and self.code not in NO_REFUSALS


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a caller for a route. `verdict`: what the declaration says about it."""

    route: Route
    caller: Caller | None
    request: Request
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judge:
    """`secrets`: what callers may see only if they reach its owners."""

    secrets: tuple[Secret, ...]

    def holes(self, call: Call, answer: Answer, unknown: Answer | None) -> Iterator[str]:
        """What is wrong with the answer. `unknown`: the answer to the same request for ids that do not exist."""
        if answer.status >= 500:
            yield f"answers {answer.status} {answer.code}"
            return
        yield from _wrong_status(call, answer)
        if unknown is not None and _shape(answer) != _shape(unknown):
            yield (
                f"shows that the id exists: {answer.status} {answer.code or answer.text[:80]!r}, "
                f"but {unknown.status} {unknown.code or unknown.text[:80]!r} for an id that does not exist"
            )
        yield from self._leaks(call, answer)

    def _leaks(self, call: Call, answer: Answer) -> Iterator[str]:
        declared, caller, request = call.route.declared, call.caller, call.request
        sent = f"{request.path} {request.query} {request.json} {request.fields}"
        for secret in self.secrets:
            if secret.text not in answer.text or (secret.text in sent and secret.kind == "id"):
                continue
            if not _may_see(caller, secret):
                yield f"shows a foreign {secret.kind}"
            elif secret.kind != "id" and caller and not _sees_in_full(declared, caller, secret):
                yield f"shows {secret.kind} in full, which are masked for this role"


def _wrong_status(call: Call, answer: Answer) -> Iterator[str]:
    route, verdict = call.route, call.verdict
    got = f"{answer.status} {answer.code}".strip()
    if verdict is Verdict.NO_TOKEN or (route.needs_session and verdict is not Verdict.WRONG_ROLE):
        if answer.status != 401:
            yield f"needs a sign-in, and answers {got}"
    elif verdict is Verdict.WRONG_ROLE:
        if (answer.status, answer.code) != (403, "FORBIDDEN_ROLE"):
            yield f"is not for this role, and answers {got}"
    elif verdict is Verdict.PERMITTED:
        if answer.is_refusal and not route.declared.is_open:
            yield f"is permitted, and answers {got}"
    elif answer.status not in _refusals(route) and (route.is_command or call.request.in_path or _is_of_city(route)):
        yield f"is out of scope, and answers {got}"


def _refusals(route: Route) -> Iterable[int]:
    return (403, 404) if route.declared.scope is Scope.SELF else (403,)


def _is_of_city(route: Route) -> bool:
    return route.declared.scope is Scope.CITY or bool(route.declared.place_types)


def _may_see(caller: Caller | None, secret: Secret) -> bool:
    if caller is None:
        return False
    return any(caller.reaches(owner) or (caller.role in PLACED and caller.place is owner) for owner in secret.owners)


def _sees_in_full(declared: Declared, caller: Caller, secret: Secret) -> bool:
    is_own_voucher = secret.kind == "bank" and caller.place in secret.owners
    return is_own_voucher or caller.role in declared.in_full.get(secret.kind, ())


def _shape(answer: Answer) -> Any:
    """What two answers must have in common: status and code; of a list, also everything that it counts."""
    if answer.status != 200:
        return answer.status, answer.code
    try:
        return answer.status, list(_numbers(json.loads(answer.text)))
    except ValueError:
        return answer.status, answer.text.count("\n")


def _numbers(value: Any) -> Iterator[int | str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from (key, *_numbers(one))
    elif isinstance(value, list):
        yield len(value)
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, int):
        yield value
