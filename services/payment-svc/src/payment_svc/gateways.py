"""The protection center, as payment-svc speaks to it. Never called inside a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx
import orjson

from chassis.outbound import GiveUp, Unavailable

#: The center read the voucher and will not have it as it is.
UNACCEPTABLE = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
#: The center has another content under this id: nothing that we send again can mend it.
CONFLICT = httpx.codes.CONFLICT


@dataclass(frozen=True, slots=True)
class CenterView:
    """What the center knows of a voucher. States: received, accepted, rejected.

    `decision` is its answer as it calls it back, None while it has not decided.
    """

    state: str
    decision: Mapping[str, Any] | None = None


class VoucherUnacceptable(Exception):
    """The center refuses to take the voucher in. `code` is the center's own word."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the center does not take the voucher in: {code}")


class Center(Protocol):
    """The port. Raises Unavailable, or GiveUp where only a person can help."""

    async def look_up(self, voucher_id: UUID) -> CenterView | None:
        """None where the center has never heard of it."""
        ...

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        """The same voucher may be sent again. Raises VoucherUnacceptable besides."""
        ...


class HttpCenter:
    """PUT and GET {url}/center/vouchers/{voucher_id}. The bank reference travels in the body only."""

    def __init__(self, client: httpx.AsyncClient, url: str, *, timeout_s: float) -> None:
        self._client, self._url, self._timeout_s = client, url.rstrip("/"), timeout_s

    async def look_up(self, voucher_id: UUID) -> CenterView | None:
        answer = await self._call("GET", voucher_id)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        _require_ok(answer)
        try:
            known = orjson.loads(answer.content)
            decisions = known.get("decisions", [])
            return CenterView(known["state"], decisions[-1] if decisions else None)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise Unavailable("the center's answer cannot be read") from error

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        answer = await self._call("PUT", voucher_id, orjson.dumps(body))
        if answer.status_code in UNACCEPTABLE:
            raise VoucherUnacceptable(_code(answer))
        _require_ok(answer)

    async def _call(self, method: str, voucher_id: UUID, content: bytes | None = None) -> httpx.Response:
        try:
            return await self._client.request(
                method,
                f"{self._url}/center/vouchers/{voucher_id}",
                content=content,
                headers={"Content-Type": "application/json", "Idempotency-Key": str(voucher_id)},
                timeout=self._timeout_s,
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"the center cannot be reached: {type(error).__name__}") from None


def _require_ok(answer: httpx.Response) -> None:
    """A conflict needs a person; everything else may pass: an outage, a token, a route that is being mended."""
    if answer.status_code == CONFLICT:
        raise GiveUp(
            f"the center refused with {answer.status_code} {_code(answer)}; compare the voucher there with ours"
        )
    if answer.is_error:
        after = answer.headers.get("Retry-After", "")
        raise Unavailable(
            f"the center answered {answer.status_code}", retry_after=float(after) if after.isdigit() else None
        )


def _code(answer: httpx.Response) -> str:
    try:
        return str(orjson.loads(answer.content).get("code", answer.status_code))
    except (orjson.JSONDecodeError, AttributeError):
        return str(answer.status_code)
