"""The protection center, as payment-svc speaks to it. Never called inside a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx
import orjson

from chassis.jobs import GiveUp, Remote, Unavailable, code_of

#: The center read the voucher and will not have it as it is.
UNACCEPTABLE = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
#: The center's word for a voucher that it never saw. A 404 without it is a wrong address, not an answer.
UNKNOWN = "VOUCHER_UNKNOWN"
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
        self._remote = Remote(client, "the center", url, timeout_s=timeout_s)

    async def look_up(self, voucher_id: UUID) -> CenterView | None:
        answer = await self._call("GET", voucher_id)
        if answer.status_code == httpx.codes.NOT_FOUND and code_of(answer) == UNKNOWN:
            return None
        known = self._remote.read(answer)
        try:
            decisions = known.get("decisions", [])
            return CenterView(known["state"], decisions[-1] if decisions else None)
        except (AttributeError, KeyError, TypeError) as error:
            raise Unavailable("the center's answer cannot be read") from error

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        answer = await self._call("PUT", voucher_id, orjson.dumps(body))
        if answer.status_code in UNACCEPTABLE:
            raise VoucherUnacceptable(code_of(answer) or str(answer.status_code))
        self._remote.require_success(answer)

    async def _call(self, method: str, voucher_id: UUID, content: bytes | None = None) -> httpx.Response:
        """A conflict needs a person; everything else may pass."""
        path = f"/center/vouchers/{voucher_id}"
        answer = await self._remote.call(method, path, content, key=str(voucher_id))
        if answer.status_code == CONFLICT:
            said = f"{answer.status_code} {code_of(answer)}".strip()
            raise GiveUp(f"the center refused with {said}; compare the voucher there with ours")
        return answer
