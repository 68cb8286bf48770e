"""The walk: every route × every caller × every target that the route can name."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from access.declarations import Verdict
from access.judge import UNFIT, Answer, Call, Judge
from access.requests import Request, request_for
from access.routes import Route
from access.targets import Caller, Target
from chassis.web import Scope
from contracts.words import Role

NOT_FOUND, PUT_OFF = 404, 503
#: How often a request is sent that a service puts off, because another request holds a lock or a connection.
TRIES = 5
#: How many requests are under way at a time.
AT_ONCE = 6
#: Scopes whose commands consider the account that submitted, too (D03).
OF_OTHERS = (Scope.TURN, Scope.ABOVE)
#: An open route is called without a token and by this many callers less one.
FOR_OPEN = 3


class Sends(Protocol):
    async def __call__(self, service: str, request: Request, headers: dict[str, str]) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Combination:
    """One route, caller and target. `target` None: the request names no object."""

    route: Route
    caller: Caller | None
    target: Target | None
    verdict: Verdict
    narrowed: bool

    @property
    def is_last(self) -> bool:
        return self.route.is_command and self.verdict is Verdict.PERMITTED


@dataclass
class Walk:
    """`token`: the Authorization of a caller for one route. `is_whole`: the callers are all roles at all unions. Then
    roles that a route refuses call it, too, and so does the account that submitted a target, with the role and union of
    its reviewer (D03); and every route that names an object must let somebody pass.

    `holes`: what is wrong, with how often. `passed`: routes with a permitted request that got past all checks of
    access; `named`: routes that name an object.
    """

    routes: Sequence[Route]
    callers: Sequence[Caller]
    targets: Sequence[Target]
    judge: Judge
    send: Sends
    token: Callable[[Caller, Route], str]
    is_whole: bool = True
    combinations: int = 0
    holes: Counter[str] = field(default_factory=Counter)
    passed: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Refused requests and reads first. Permitted commands come last, because they change what the others need."""
        all_of_them = [one for route in self.routes for one in self._of(route)]
        for is_last in (False, True):
            gate = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(self._one(one, gate) for one in all_of_them if one.is_last is is_last))
        for name in sorted(self.named - self.passed) if self.is_whole else ():
            self.holes[f"{name}: no permitted request got past its checks, so its refusals prove nothing"] += 1

    def _of(self, route: Route) -> Iterator[Combination]:
        targets = self._targets_of(route)
        if not (self.is_whole or targets or _needs_no_object(route)):
            return
        needs_id = bool(targets) and bool(request_for(route, targets[0].values, narrowed=False).named)
        for caller in (None, *self.callers)[: FOR_OPEN if route.declared.is_open else None]:
            without = route.declared.verdict(caller, None)
            if without is Verdict.WRONG_ROLE and not self.is_whole:
                continue
            if not needs_id:
                yield Combination(route, caller, None, without, narrowed=False)
            if without in (Verdict.NO_TOKEN, Verdict.WRONG_ROLE):
                yield from (Combination(route, caller, one, without, narrowed=True) for one in targets[:1])
                continue
            for target in targets:
                yield Combination(route, caller, target, route.declared.verdict(caller, target), narrowed=True)
        for target in targets:
            if self.is_whole and route.declared.scope in OF_OTHERS and target.turn and target.submitted_by:
                again = Caller(Role(route.declared.roles[0]), target.turn, target.submitted_by)
                yield Combination(route, again, target, route.declared.verdict(again, target), narrowed=True)

    def _targets_of(self, route: Route) -> list[Target]:
        """The targets that the route can name; the union itself if it names none of the others."""
        if route.path.startswith("/ops/") or not route.operation:
            return []
        named = [(one, _named(route, one)) for one in self.targets]
        found = [one for one, names in named if one.by & names]
        return found or [one for one, names in named if names and not one.by]

    async def _one(self, one: Combination, gate: asyncio.Semaphore) -> None:
        async with gate:
            values: dict[str, Any] = dict(one.target.values) if one.target else {}
            if one.is_last and one.target:
                values |= one.target.harmless
            request = request_for(one.route, values, narrowed=one.narrowed)
            answer = await self._ask(one, request)
            unknown = None
            if one.verdict is Verdict.UNSEEN and one.target and request.named:
                unknown = await self._ask(one, request_for(one.route, one.target.unknown, narrowed=one.narrowed))
        self.combinations += 1
        for hole in self.judge.holes(Call(one.route, one.caller, request, one.verdict), answer, unknown):
            who = one.caller.name if one.caller else "no token"
            self.holes[f"{one.route.name} × {who} × {one.target.name if one.target else 'no target'}: {hole}"] += 1
        if one.target and (one.route.is_command or request.in_path):
            self.named.add(one.route.name)
        found_nothing = answer.status == NOT_FOUND and not one.route.is_command
        if one.verdict is Verdict.PERMITTED and not (answer.is_refusal or answer.code == UNFIT or found_nothing):
            self.passed.add(one.route.name)

    async def _ask(self, one: Combination, request: Request) -> Answer:
        headers = {"Idempotency-Key": str(uuid4())}
        if one.caller is not None:
            headers["Authorization"] = self.token(one.caller, one.route)
        for _ in range(TRIES):
            # Through the gateway, `send` takes the caller out of the headers.
            answer = await self.send(one.route.service, request, dict(headers))
            if answer.status != PUT_OFF:
                break
        return answer


def _needs_no_object(route: Route) -> bool:
    """Whether a request for the route can be written without the ids of an object. A small world lacks some objects."""
    try:
        request_for(route, {}, narrowed=False)
    except KeyError:
        return False
    return True


def _named(route: Route, target: Target) -> set[str]:
    """The names of the target's values that a request for this route has; empty if it asks for names of another one."""
    try:
        return request_for(route, target.values, narrowed=True).named
    except KeyError:
        return set()
