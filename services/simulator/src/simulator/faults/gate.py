"""Middleware that injects faults: it delays a request, refuses it, or carries it out and replaces the answer by 502."""

import asyncio
import math
from collections.abc import Callable
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.faults.store import Faults
from simulator.faults.target import Target, target_of
from simulator.faults.trouble import Trouble
from simulator.refusals import Answer, Refused

#: Called for each injected fault except delays, with the target and the kind of the fault.
Count = Callable[[str, str], None]


class FaultGate:
    """Injects the faults. The target's `Trouble` decides for each request which faults it gets.

    The gate is plain ASGI middleware, so that bodies are streamed and not copied.
    """

    def __init__(self, app: ASGIApp, faults: Faults, count: Count) -> None:
        self._app, self._faults, self._count = app, faults, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = target_of(scope["path"]) if scope["type"] == "http" else None
        if target is None:
            await self._app(scope, receive, send)
            return
        trouble = self._faults.of(target)
        if seconds := trouble.delay_s():
            await asyncio.sleep(seconds)
        if refusal := self._refusal(target, trouble):
            await refusal(scope, receive, send)
        elif trouble.loses_answer():
            self._count(target.value, "lost_answer")
            await self._app(scope, receive, _swallow)
            await Refused(502, "ANSWER_LOST", f"{target.value}: answer lost on purpose").answer()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, target: Target, trouble: Trouble) -> Answer | None:
        if trouble.fault.down:
            self._count(target.value, "down")
            return Refused(503, "DOWN", f"{target.value} is down on purpose").answer()
        if wait_s := trouble.wait_s(monotonic()):
            self._count(target.value, "rate_limited")
            refused = Refused(
                429, "RATE_LIMITED", f"{target.value}: too many requests", wait_ms=math.ceil(wait_s * 1000)
            )
            return refused.answer({"Retry-After": str(math.ceil(wait_s))})
        if trouble.fails():
            self._count(target.value, "error")
            return Refused(503, "FAILED", f"{target.value}: failed on purpose").answer()
        return None


async def _swallow(_: Message) -> None:
    return
