"""The jobs that call the center.

One job sends a voucher. A second job asks the center for its decision if the center does not call back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from chassis.database import Database, UnitOfWork
from chassis.jobs import CALLBACK_URL, AskAfterSilence, GiveUp, Job, SendOnce, callback_url
from contracts.event import Event
from payment_svc.domain.states import VoucherState
from payment_svc.gateways.center import Center, VoucherUnacceptable
from payment_svc.store import vouchers as store
from payment_svc.usecases.decisions import decide_voucher
from payment_svc.usecases.vouchers import CALLBACK_PATH, SEND
from payment_svc.vouchers import Decision, StoredVoucher

#: The kind of the job that asks the center about a voucher.
ASK = "center.voucher-silence"
NO_REASON = "职保中心未说明原因"
UNDELIVERED = "因系统故障未能送达职保中心，请重新上传凭证"
REFUSED_BY_CENTER = "职保中心未能接收该凭证（{code}），请核对凭证信息后重新上传"


class SendVoucher(SendOnce):
    kind: ClassVar[str] = SEND
    ask_kind: ClassVar[str] = ASK

    def __init__(self, database: Database, center: Center, public_url: str, silence_s: float) -> None:
        super().__init__(callback_url(public_url, CALLBACK_PATH), silence_s)
        self._database, self._center = database, center

    async def has_arrived(self, body: dict[str, Any]) -> bool:
        return await self._center.look_up(UUID(body["voucher_id"])) is not None

    async def send(self, body: dict[str, Any], callback_url: str) -> dict[str, Any]:
        """Returns `{"refused_with": code}` if the center refuses the voucher for its content, else `{}`."""
        voucher = await _load(self._database, body)
        if voucher.state is not VoucherState.SUBMITTED:
            raise GiveUp(f"voucher {voucher.voucher_id} is {voucher.state.value} already")
        content = _content(voucher) | {CALLBACK_URL: callback_url}
        try:
            await self._center.send(voucher.voucher_id, content)
        except VoucherUnacceptable as refusal:
            return {"refused_with": refusal.code}
        return {}

    async def complete(self, job: Job, answer: dict[str, Any], work: UnitOfWork) -> Iterable[Event]:
        """Reject a voucher that the center has refused. Otherwise the voucher's money would stay reserved forever."""
        if "refused_with" in answer:
            reason = REFUSED_BY_CENTER.format(code=answer["refused_with"])
            return await decide_voucher(Decision(UUID(job.body["voucher_id"]), False, reason, work.now), work)
        return await super().complete(job, answer, work)


class AskCenter(AskAfterSilence[StoredVoucher]):
    kind: ClassVar[str] = ASK
    sent_kind: ClassVar[str] = SEND
    system: ClassVar[str] = "the center"

    def __init__(self, database: Database, center: Center, silence_s: float) -> None:
        super().__init__(database, silence_s)
        self._center = center

    async def open_case(self, body: dict[str, Any]) -> StoredVoucher | None:
        voucher = await _load(self._database, body)
        return voucher if voucher.state is VoucherState.SUBMITTED else None

    async def look_up(self, body: dict[str, Any]) -> Sequence[dict[str, Any]] | None:
        record = await self._center.look_up(UUID(body["voucher_id"]))
        if record is None:
            return None
        return [dict(record.decision)] if record.decision else []

    def undelivered(self, case: StoredVoucher) -> dict[str, Any]:
        decided_at, voucher_id = datetime.now(UTC).isoformat(), str(case.voucher_id)
        return {"voucher_id": voucher_id, "decision": "rejected", "reason": UNDELIVERED, "decided_at": decided_at}

    async def decide(self, body: dict[str, Any], work: UnitOfWork) -> Sequence[Event]:
        return await decide_voucher(decision_of(body), work)


def _content(voucher: StoredVoucher) -> dict[str, Any]:
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
    }


def decision_of(body: Mapping[str, Any]) -> Decision:
    """The decision in a callback's body."""
    accepted = body["decision"] == "accepted"
    return Decision(
        voucher_id=UUID(str(body["voucher_id"])),
        accepted=accepted,
        reason=feedback_text(accepted, body.get("reason")),
        decided_at=datetime.fromisoformat(body["decided_at"]),
    )


def feedback_text(accepted: bool, text: str | None) -> str | None:
    """The text of the center's decision. A rejection without a text gets `NO_REASON`."""
    return text or (None if accepted else NO_REASON)


async def _load(database: Database, body: Mapping[str, Any]) -> StoredVoucher:
    voucher_id = UUID(body["voucher_id"])
    async with database.read() as connection:
        voucher = await store.load_voucher(connection, database.tools.row_cipher, voucher_id)
    if voucher is None:
        raise GiveUp(f"voucher {voucher_id} is not stored here")
    return voucher
