"""The protection center, as payment-svc speaks to it. Never called inside a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx

from chassis.jobs import Remote, Unavailable, code_of

#: The center read the voucher and will not have it as it is.
UNACCEPTABLE = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
#: The center's word for a voucher that it never saw. A 404 without it is a wrong address, not an answer.
UNKNOWN = "VOUCHER_UNKNOWN"


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
        known = await self._remote.look_up(_path(voucher_id), unknown=UNKNOWN, key=str(voucher_id))
        if known is None:
            return None
        try:
            decisions = known.get("decisions", [])
            return CenterView(known["state"], decisions[-1] if decisions else None)
        except (AttributeError, KeyError, TypeError) as error:
            raise Unavailable("the center's answer cannot be read") from error

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        answer = await self._remote.tell("PUT", _path(voucher_id), body, key=str(voucher_id))
        if answer.status_code in UNACCEPTABLE:
            raise VoucherUnacceptable(code_of(answer) or str(answer.status_code))
        self._remote.require_success(answer)


def _path(voucher_id: UUID) -> str:
    return f"/center/vouchers/{voucher_id}"
