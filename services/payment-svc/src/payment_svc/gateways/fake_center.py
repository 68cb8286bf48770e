"""A center in memory, for tests. The tests of the interface `Center` run with this center and with the HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.jobs import GiveUp
from payment_svc.gateways.center import CenterView, VoucherUnacceptable


@dataclass
class FakeCenter:
    """Each call raises the next exception of `troubles`, if any. If `unacceptable` is set, `send` raises
    VoucherUnacceptable with this code.
    """

    received: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    decided: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    troubles: list[Exception] = field(default_factory=list)
    unacceptable: str | None = None
    calls: list[str] = field(default_factory=list)

    async def look_up(self, voucher_id: UUID) -> CenterView | None:
        self._called("look_up")
        if voucher_id not in self.received:
            return None
        decision = self.decided.get(voucher_id)
        return CenterView(decision["decision"] if decision else "received", decision)

    async def send(self, voucher_id: UUID, body: Mapping[str, Any]) -> None:
        self._called("send")
        if self.unacceptable:
            raise VoucherUnacceptable(self.unacceptable)
        if self.received.setdefault(voucher_id, body) != body:
            raise GiveUp("the center refused with 409 CONTENT_DIFFERS; compare its voucher with the stored one")

    def decide(self, voucher_id: UUID, decision: str, reason: str | None, decided_at: str) -> None:
        self.decided[voucher_id] = {
            "voucher_id": str(voucher_id),
            "decision": decision,
            "reason": reason,
            "decided_at": decided_at,
        }

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.troubles:
            raise self.troubles.pop(0)
