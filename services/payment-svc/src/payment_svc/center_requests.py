"""Outbound requests to the center: send a voucher, ask after a long silence."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from chassis.database import Database, Work
from chassis.jobs import GiveUp, OutboundRequest, Unavailable, is_given_up
from contracts.event import Event
from payment_svc.domain.states import VoucherState
from payment_svc.gateways import Center, VoucherUnacceptable
from payment_svc.store import vouchers as store
from payment_svc.usecases.decisions import decide_voucher
from payment_svc.usecases.vouchers import SEND
from payment_svc.vouchers import Decision, StoredVoucher

#: Kind of the request that asks what became of a voucher.
ASK = "center.voucher-silence"
CALLBACK_PATH = "/center/voucher-decisions"
NO_REASON = "职保中心未说明原因"
UNDELIVERED = "因系统故障未能送达职保中心，请重新上传凭证"
NOT_TAKEN = "职保中心未能接收该凭证（{code}），请核对凭证信息后重新上传"


class SendVoucher:
    """Sends a voucher once: what the center has already is not sent again."""

    kind: ClassVar[str] = SEND
    concurrency: ClassVar[int] = 2

    def __init__(self, database: Database, center: Center, public_url: str, silence_s: float) -> None:
        self._database, self._center, self._silence_s = database, center, silence_s
        self._callback_url = f"{public_url.rstrip('/')}{CALLBACK_PATH}"

    async def perform(self, request: OutboundRequest) -> dict[str, Any]:
        """`{"not_taken": code}` where the center refuses to take the voucher in, else `{"sent": true}`."""
        voucher = await _load(self._database, request)
        if request.attempt > 1 and await self._center.look_up(voucher.voucher_id) is not None:
            return {"sent": True}
        if voucher.state is not VoucherState.SUBMITTED:
            raise GiveUp(f"voucher {voucher.voucher_id} is {voucher.state.value} already")
        try:
            await self._center.send(voucher.voucher_id, self._body(voucher))
        except VoucherUnacceptable as refusal:
            return {"not_taken": refusal.code}
        return {"sent": True}

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> Sequence[Event]:
        """A voucher that was not taken in is as good as rejected: its money would lie fast for ever."""
        voucher_id = UUID(request.body["voucher_id"])
        if "not_taken" in answer:
            reason = NOT_TAKEN.format(code=answer["not_taken"])
            return await decide_voucher(Decision(voucher_id, False, reason, work.now), work)
        await self._ask_later(voucher_id, work)
        return []

    async def given_up(self, request: OutboundRequest, work: Work) -> None:
        """Whether the center has it nobody knows: it is asked, and a voucher that it does not have is rejected."""
        await self._ask_later(UUID(request.body["voucher_id"]), work)

    async def _ask_later(self, voucher_id: UUID, work: Work) -> None:
        ask_at = datetime.now(UTC) + timedelta(seconds=self._silence_s)
        await work.request(ASK, str(voucher_id), {"voucher_id": str(voucher_id), "ask_at": ask_at.isoformat()})

    def _body(self, voucher: StoredVoucher) -> dict[str, Any]:
        return {
            "union_id": str(voucher.union_id),
            "amount_fen": voucher.amount_fen,
            "paid_on": voucher.paid_on.isoformat(),
            "bank_reference": voucher.bank_reference,
            "file_sha256": voucher.file_sha256,
            "result": voucher.result,
            "reason": voucher.reason,
            "submissions": [
                {"submission_no": fill.submission_no, "version": fill.version, "amount_fen": fill.amount_fen}
                for fill in voucher.fills
            ],
            "callback_url": self._callback_url,
        }


class AskCenter:
    """The reconciler: after ten minutes of silence the center is asked for its answer."""

    kind: ClassVar[str] = ASK
    concurrency: ClassVar[int] = 1

    def __init__(self, database: Database, center: Center, silence_s: float) -> None:
        self._database, self._center, self._silence_s = database, center, silence_s

    async def perform(self, request: OutboundRequest) -> dict[str, Any]:
        """The decision that was missed; empty where the center has called back meanwhile."""
        voucher = await _load(self._database, request)
        if voucher.state is not VoucherState.SUBMITTED:
            return {}
        early_s = (datetime.fromisoformat(request.body["ask_at"]) - datetime.now(UTC)).total_seconds()
        if early_s > 0:
            raise Unavailable("the center has time left to call back", retry_after=early_s)
        known = await self._center.look_up(voucher.voucher_id)
        if known is None and await self._is_given_up(request):
            return _undelivered(voucher)
        if known is None or known.decision is None:
            raise Unavailable("the center has not decided", retry_after=self._silence_s)
        return dict(known.decision)

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> Sequence[Event]:
        if answer.get("reason") == UNDELIVERED and not await self._stays_given_up(request, work):
            raise Unavailable("the voucher is being sent again", retry_after=self._silence_s)
        return await decide_voucher(decision_of(answer), work) if answer else []

    async def given_up(self, request: OutboundRequest, work: Work) -> None:
        """The center calls back as before; an operator may have it asked again."""

    async def _stays_given_up(self, request: OutboundRequest, work: Work) -> bool:
        return await is_given_up(work.connection, SEND, request.key, for_update=True)

    async def _is_given_up(self, request: OutboundRequest) -> bool:
        async with self._database.read() as connection:
            return await is_given_up(connection, SEND, request.key)


def _undelivered(voucher: StoredVoucher) -> dict[str, Any]:
    """In the center's own shape: nobody sends it any more, and the center does not have it."""
    decided_at = datetime.now(UTC).isoformat()
    return {
        "voucher_id": str(voucher.voucher_id), "decision": "rejected", "reason": UNDELIVERED, "decided_at": decided_at,
    }  # fmt: skip


def decision_of(body: Mapping[str, Any]) -> Decision:
    """From the center's own shape."""
    accepted = body["decision"] == "accepted"
    return Decision(
        voucher_id=UUID(str(body["voucher_id"])),
        accepted=accepted,
        reason=feedback_text(accepted, body.get("reason")),
        decided_at=datetime.fromisoformat(body["decided_at"]),
    )


def feedback_text(accepted: bool, text: str | None) -> str | None:
    """What the center said with its answer; a rejection without a word gets ours."""
    return text or (None if accepted else NO_REASON)


async def _load(database: Database, request: OutboundRequest) -> StoredVoucher:
    voucher_id = UUID(request.body["voucher_id"])
    async with database.read() as connection:
        voucher = await store.load_voucher(connection, database.tools.vault, voucher_id)
    if voucher is None:
        raise GiveUp(f"voucher {voucher_id} is not stored here")
    return voucher
