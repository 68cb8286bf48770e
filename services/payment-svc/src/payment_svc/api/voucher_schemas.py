"""HTTP schemas of vouchers."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from chassis.validation import Instant, example
from chassis.web import Labelled
from contracts.words import MatchResult
from payment_svc.domain.states import Agreement, VoucherState
from payment_svc.vouchers import Voucher

if TYPE_CHECKING:
    import asyncpg

FILL: dict[str, Any] = {"submission_no": "CB202405109000", "version": 1, "due_fen": 3900, "amount_fen": 3800}
RECEIPT: dict[str, Any] = {
    "voucher_id": "a3b1c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
    "state": {"code": "submitted", "label": "待职保中心反馈"},
    "result": {"code": "short", "label": "金额不足"},
    "agreement": {"code": "differs", "label": "金额不符"},
    "amount_fen": 3800,
    "due_fen": 3900,
    "filled_fen": 3800,
    "surplus_fen": 0,
    "file_name": "缴费凭证.jpg",
    "uploaded_at": "2024-05-12T10:00:00+08:00",
    "submissions": [FILL],
}
VOUCHER: dict[str, Any] = RECEIPT | {
    "state": {"code": "accepted", "label": "已核收"},
    "union_id": "6f1d4c0e-9d0f-4d38-9a53-6e8f0c2b7a11",
    "reason": "银行扣除手续费，余款后补",
    "paid_on": "2024-05-12",
    "file_type": "image/jpeg",
    "file_bytes": 182_340,
    "file_sha256": "0" * 64,
    "uploaded_by": "district-reviewer",
    "decided_at": "2024-05-13T09:00:00+08:00",
    "decision_reason": "已到账",
}


class FillView(BaseModel):
    """`due_fen`: the submission's `open_fen` before the voucher is counted.

    `amount_fen`: the money of the voucher that pays this submission.
    """

    submission_no: str
    version: int
    due_fen: int
    amount_fen: int


class Receipt(BaseModel):
    """The voucher that an upload has created. `surplus_fen`: money that pays no submission, and is only shown (A62)."""

    model_config = example(RECEIPT)

    voucher_id: UUID
    state: Labelled[VoucherState]
    result: Labelled[MatchResult]
    agreement: Labelled[Agreement]
    amount_fen: int
    due_fen: int
    filled_fen: int
    surplus_fen: int
    file_name: str
    uploaded_at: Instant
    submissions: list[FillView]

    @classmethod
    def of(cls, voucher: Voucher) -> "Receipt":
        upload, filling = voucher.upload, voucher.filling
        return cls(
            voucher_id=voucher.voucher_id,
            state=VoucherState.SUBMITTED,
            result=filling.result,
            agreement=filling.agreement,
            amount_fen=upload.amount_fen,
            due_fen=filling.due_fen,
            filled_fen=filling.filled_fen,
            surplus_fen=upload.amount_fen - filling.filled_fen,
            file_name=upload.attachment.name,
            uploaded_at=voucher.uploaded_at,
            submissions=[FillView.model_validate(fill, from_attributes=True) for fill in filling.fills],
        )


class VoucherView(Receipt):
    """One voucher. `due_fen`: the sum of the `open_fen` of its submissions just before the upload."""

    model_config = example(VOUCHER)

    union_id: UUID
    reason: str | None
    paid_on: date
    file_type: str
    file_bytes: int
    file_sha256: str
    uploaded_by: str
    uploaded_by_name: str | None = None
    uploaded_by_union: str | None = None
    decided_at: Instant | None
    decision_reason: str | None


class VoucherDetail(VoucherView):
    """One voucher with its bank reference and payer.

    The center and the union of the voucher see these two texts in full. All other callers see only the last characters.
    """

    model_config = example(VOUCHER | {"bank_reference": "20240512000123", "payer": "示例区总工会"})

    bank_reference: str
    payer: str


def fields_of(row: "asyncpg.Record") -> dict[str, Any]:
    """The fields of a `VoucherView`, computed from a stored voucher."""
    agreement = Agreement.of(MatchResult(row["result"]))
    return {**row, "surplus_fen": row["amount_fen"] - row["filled_fen"], "agreement": agreement}
