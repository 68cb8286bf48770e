"""The protection center's API as payment-svc calls it. Only jobs call it, never inside a transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx

from chassis.jobs import Remote, Unavailable, code_of

#: The status codes with which the center refuses a voucher for its content.
UNACCEPTABLE = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
#: The center's code for a voucher that it never received. A 404 without this code means a wrong URL.
UNKNOWN = "VOUCHER_UNKNOWN"


@dataclass(frozen=True, slots=True)
class CenterView:
    """The center's record of a voucher. `state`: received, accepted or rejected.

    `decision` has the shape of the callback's body. It is None if the center has not decided yet.
    """

    state: str
    decision: Mapping[str, Any] | None = None


class VoucherUnacceptable(Exception):
    """The center refuses the voucher for its content, and will make no decision. `code`: the center's own code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the center refuses the voucher for its content: {code}")


class Center(Protocol):
    """The interface to the center. Both methods raise Unavailable, or GiveUp if only an operator can help."""

    async def look_up(self, voucher_id: UUID) -> CenterView | None:
        """The center's record, or None if the center never received the voucher."""
        ...

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        """Send the voucher. If the center already has the voucher, nothing changes. Also raises VoucherUnacceptable."""
        ...


class HttpCenter:
    """PUT and GET {url}/center/vouchers/{voucher_id}. The bank reference is sent in the body only, never in the URL."""

    def __init__(self, client: httpx.AsyncClient, url: str, *, timeout_s: float) -> None:
        self._remote = Remote(client, "the center", url, timeout_s=timeout_s)

    async def look_up(self, voucher_id: UUID) -> CenterView | None:
        record = await self._remote.look_up(_path(voucher_id), unknown=UNKNOWN, key=str(voucher_id))
        if record is None:
            return None
        try:
            decisions = record.get("decisions", [])
            return CenterView(record["state"], decisions[-1] if decisions else None)
        except (AttributeError, KeyError, TypeError) as error:
            raise Unavailable("the center's answer cannot be read") from error

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        answer = await self._remote.send("PUT", _path(voucher_id), body, key=str(voucher_id))
        if answer.status_code in UNACCEPTABLE:
            raise VoucherUnacceptable(code_of(answer) or str(answer.status_code))
        self._remote.require_success(answer)


def _path(voucher_id: UUID) -> str:
    return f"/center/vouchers/{voucher_id}"
