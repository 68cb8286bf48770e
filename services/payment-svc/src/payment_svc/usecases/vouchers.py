"""Stores an uploaded voucher, and reserves its money for the ticked submissions.

A job sends the voucher to the center (F278).
"""

from collections.abc import Mapping

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.jobs import CALLBACK_URL
from chassis.normalization import code_key
from contracts.payments import VoucherSubmitted
from payment_svc.domain import filling as rules
from payment_svc.domain.dues import Due
from payment_svc.store import dues, vouchers
from payment_svc.vouchers import (
    REFERENCE,
    Voucher,
    VoucherUpload,
    paid_submissions,
    voucher_id_of,
)

#: The kind of the job that sends a voucher to the center.
SEND = "center.voucher"
#: The path at which this service receives the center's decision on a voucher.
CALLBACK_PATH = "/center/voucher-decisions"


async def submit_voucher(
    upload: VoucherUpload, callback_url: str, work: UnitOfWork
) -> tuple[Voucher, VoucherSubmitted]:
    """Store the voucher, reserve its money for the ticked submissions, and add the job that sends it to the center.

    The center sends its decision to `callback_url`. Raises Forbidden for a submission of another union, and the
    refusals of `domain/filling.py` and `domain/used.py`.
    """
    rules.require_paid(upload.paid_on, work.now)
    locked = await _lock_own_dues(upload, work)
    reference_key = work.index.of(REFERENCE, code_key(upload.bank_reference))
    await vouchers.refuse_used(work.connection, upload.attachment.sha256, reference_key)
    filling = rules.fill(locked.values(), upload.amount_fen)
    rules.require_reason(filling, upload.amount_fen, upload.reason)
    voucher = Voucher(voucher_id_of(work.cause_id), upload, filling, work.now)
    await vouchers.add_voucher(work.connection, work.row_cipher, voucher, reference_key)
    for fill in filling.fills:
        await dues.save_due(work.connection, locked[fill.submission_no].reserve(fill.amount_fen), work.now)
    await dues.stamp_dues(work.connection, list(locked), voucher_at=work.now)
    voucher_id = str(voucher.voucher_id)
    await work.enqueue(SEND, voucher_id, {"voucher_id": voucher_id, CALLBACK_URL: callback_url})
    return voucher, _event(voucher)


async def _lock_own_dues(upload: VoucherUpload, work: UnitOfWork) -> Mapping[str, Due]:
    """Lock the dues of the ticked submissions. Raises NoSubmissionChosen.

    Raises Forbidden if a submission is unknown or belongs to another union.
    """
    numbers = set(upload.submission_nos)
    if not numbers:
        raise rules.NoSubmissionChosen
    rows = await dues.lock_dues(work.connection, list(numbers))
    if len(rows) != len(numbers) or any(row["union_id"] != upload.union_id for row in rows):
        raise Forbidden
    return {row["submission_no"]: dues.due_of(row) for row in rows}


def _event(voucher: Voucher) -> VoucherSubmitted:
    return VoucherSubmitted(
        voucher_id=voucher.voucher_id,
        union_id=voucher.upload.union_id,
        amount_fen=voucher.upload.amount_fen,
        paid_on=voucher.upload.paid_on,
        result=voucher.filling.result,
        submissions=paid_submissions(voucher.filling.fills),
        file_sha256=voucher.upload.attachment.sha256,
        submitted_at=voucher.uploaded_at,
    )
