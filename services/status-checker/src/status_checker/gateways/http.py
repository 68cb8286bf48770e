"""A registry over HTTP, and a wrapper that limits the rate of calls and makes no calls while the registry is down."""

from collections.abc import MutableMapping, Sequence
from typing import Any

import httpx
import orjson

from chassis.jobs import Remote, Unavailable, retry_after_s
from status_checker import metrics
from status_checker.gateways.breaker import Breaker, CircuitOpen
from status_checker.gateways.pace import TokenBucket, TooFast
from status_checker.gateways.registry import (
    Registry,
    RegistryBusy,
    RegistryDown,
    RegistryError,
    RegistryQuery,
    RegistryRefused,
    Reply,
)

TOO_MANY_REQUESTS = 429


class HttpRegistry:
    """POST {url}/registries/{name}/query `{"people": [{"ref", "document_type", "number"}]}`.

    The registry answers `{"answers": [{"ref", "code", "as_of"}], "partial": true?}`. Document numbers are sent only
    in the body.
    """

    def __init__(self, http: httpx.AsyncClient, url: str, name: str, *, timeout_s: float) -> None:
        self.name = name
        self._remote = Remote(http, f"{name} registry", url, timeout_s=timeout_s)

    async def ask(self, people: Sequence[RegistryQuery]) -> Reply:
        body = {"people": [{"ref": p.ref, "document_type": p.document_type, "number": p.number} for p in people]}
        try:
            response = await self._remote.call("POST", f"/registries/{self.name}/query", orjson.dumps(body))
        except Unavailable as error:
            raise RegistryDown(str(error)) from None
        self._refuse_trouble(response)
        return self._read(response.content, {p.ref for p in people})

    def _refuse_trouble(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == TOO_MANY_REQUESTS:
            raise RegistryBusy(f"{self.name} registry asks for a slower pace", retry_after_s(response))
        if 400 <= status < 500:
            raise RegistryRefused(f"{self.name} registry refused the question with {status}; check UE_REGISTRY_URL")
        if status != httpx.codes.OK:
            raise RegistryDown(f"{self.name} registry answered {status}", retry_after_s(response))

    def _read(self, content: bytes, refs: set[str]) -> Reply:
        """Ignores answers about people who are not in the query. Raises RegistryDown if one person has two codes."""
        try:
            reply: dict[str, Any] = orjson.loads(content)
            codes: dict[str, str] = {}
            for answer in reply["answers"]:
                ref, code = str(answer["ref"]), _code(answer["code"])
                if ref in refs and codes.setdefault(ref, code) != code:
                    raise RegistryDown(f"{self.name} registry gave one person two codes")
            partial = bool(reply.get("partial", False))
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            raise RegistryDown(f"{self.name} registry answered something unreadable") from None
        return Reply(codes, partial)


class GuardedRegistry:
    """A registry with a rate limit and a circuit breaker. All workers of the process share the limit and the breaker.

    The readiness route shows `notes`. A registry that is down appears there as a note and does not make the service
    unready, because status-checker can still store the parts of new imports.
    """

    def __init__(
        self,
        registry: Registry,
        bucket: TokenBucket,
        breaker: Breaker,
        *,
        patience_s: float,
        notes: MutableMapping[str, str] | None = None,
    ) -> None:
        self._registry, self._bucket, self._breaker, self._patience_s = registry, bucket, breaker, patience_s
        self._notes = {} if notes is None else notes
        metrics.registry_circuit_open.labels(registry.name).set_function(lambda: float(breaker.open))

    @property
    def name(self) -> str:
        return self._registry.name

    async def ask(self, people: Sequence[RegistryQuery]) -> Reply:
        try:
            await self._bucket.take(self._patience_s)
            self._breaker.admit()
        except (TooFast, CircuitOpen) as held:
            metrics.registry_calls.labels(self.name, type(held).__name__).inc()
            raise RegistryError(f"{self.name} registry: {held}", held.wait_s) from None
        try:
            reply = await self._watched(people)
        except BaseException as error:
            self._learn(error)
            raise
        self._breaker.succeeded()
        self._note()
        return reply

    async def _watched(self, people: Sequence[RegistryQuery]) -> Reply:
        outcome = "answered"
        with metrics.registry_seconds.labels(self.name).time():
            try:
                return await self._registry.ask(people)
            except BaseException as error:
                outcome = type(error).__name__
                raise
            finally:
                metrics.registry_calls.labels(self.name, outcome).inc()

    def _learn(self, error: BaseException) -> None:
        if isinstance(error, RegistryDown):
            self._breaker.failed()
        elif isinstance(error, RegistryError):
            self._breaker.succeeded()
        else:
            self._breaker.let_go()
        if isinstance(error, RegistryBusy):
            self._bucket.pause(error.retry_after_s or 1.0)
        self._note()

    def _note(self) -> None:
        place = f"registry.{self.name}"
        if self._breaker.open:
            self._notes[place] = f"the {self.name} registry fails; its checks wait until it answers a probe"
        else:
            self._notes.pop(place, None)


def _code(raw: object) -> str:
    """The code as a text. A JSON number or another type is converted, so that the event can show it as the raw code."""
    return raw.strip() if isinstance(raw, str) else str(raw)
