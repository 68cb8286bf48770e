"""Statements on one voucher at a time and what it fills."""

from uuid import UUID

import asyncpg
import orjson

from chassis.normalization import text_key
from chassis.privacy import Vault
from chassis.sql import Connection
from payment_svc.domain.filling import Fill
from payment_svc.domain.states import VoucherState
from payment_svc.domain.used import BankReferenceAlreadyUsed, FileAlreadyUsed
from payment_svc.vouchers import Decision, StoredVoucher, Voucher

STATES = {word.value: word for word in VoucherState}
#: What a voucher fills, as one value of its row `v`.
FILLS = """SELECT json_agg(json_build_object('submission_no', submission_no, 'version', version, 'due_fen', due_fen,
                                              'amount_fen', amount_fen) ORDER BY submission_no)
            FROM voucher_fills f WHERE f.voucher_id = v.voucher_id"""


async def refuse_used(connection: Connection, file_sha256: str, reference_key: str) -> None:
    """Raises FileAlreadyUsed or BankReferenceAlreadyUsed (D23). A rejected voucher has given both back."""
    row = await connection.fetchrow(
        """SELECT bool_or(file_sha256 = $1) AS file, bool_or(reference_key = $2) AS reference FROM vouchers
           WHERE state <> 'rejected' AND (file_sha256 = $1 OR reference_key = $2)""",
        file_sha256,
        reference_key,
    )
    assert row is not None
    if row["file"]:
        raise FileAlreadyUsed
    if row["reference"]:
        raise BankReferenceAlreadyUsed


async def add_voucher(connection: Connection, vault: Vault, voucher: Voucher, reference_key: str) -> None:
    """Store a voucher with what it fills. Two uploads at once meet at the unique indexes, and the later is refused."""
    try:
        await _insert(connection, vault, voucher, reference_key)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "vouchers_file":
            raise FileAlreadyUsed from None
        if error.constraint_name == "vouchers_reference":
            raise BankReferenceAlreadyUsed from None
        raise
    fills = voucher.filling.fills
    await connection.execute(
        """INSERT INTO voucher_fills (voucher_id, submission_no, version, due_fen, amount_fen)
           SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[])""",
        voucher.voucher_id,
        [fill.submission_no for fill in fills],
        [fill.version for fill in fills],
        [fill.due_fen for fill in fills],
        [fill.amount_fen for fill in fills],
    )


async def fills_of(connection: Connection, voucher_id: UUID) -> list[Fill]:
    """What a voucher puts where; written once with it."""
    rows = await connection.fetch(
        """SELECT submission_no, version, due_fen, amount_fen FROM voucher_fills
           WHERE voucher_id = $1 ORDER BY submission_no""",
        voucher_id,
    )
    return [Fill(*row.values()) for row in rows]


async def lock_voucher(connection: Connection, voucher_id: UUID) -> "asyncpg.Record | None":
    """State, amount and uploader, locked. Lock the dues that it fills first: whoever uploads does so too."""
    return await connection.fetchrow(
        "SELECT union_id, state, amount_fen, uploaded_by FROM vouchers WHERE voucher_id = $1 FOR UPDATE", voucher_id
    )


async def close_voucher(connection: Connection, decision: Decision, state: VoucherState) -> None:
    """Write the center's answer to a locked voucher."""
    await connection.execute(
        "UPDATE vouchers SET state = $2, decided_at = $3, decision_reason = $4 WHERE voucher_id = $1",
        decision.voucher_id,
        state.value,
        decision.decided_at,
        decision.reason,
    )


async def load_voucher(connection: Connection, vault: Vault, voucher_id: UUID) -> StoredVoucher | None:
    """A voucher with its sealed fields open."""
    row = await find_voucher(connection, voucher_id)
    if row is None:
        return None
    secrets = orjson.loads(vault.unseal_bytes(row["sealed"], voucher_id))
    return StoredVoucher(
        voucher_id=voucher_id,
        union_id=row["union_id"],
        state=STATES[row["state"]],
        amount_fen=row["amount_fen"],
        paid_on=row["paid_on"],
        result=row["result"],
        reason=row["reason"],
        file_sha256=row["file_sha256"],
        fills=await fills_of(connection, voucher_id),
        bank_reference=secrets["bank_reference"],
        payer=secrets["payer"],
    )


async def find_voucher(connection: Connection, voucher_id: UUID) -> "asyncpg.Record | None":
    """One voucher with what it fills, whatever the scope."""
    return await connection.fetchrow(
        f"SELECT v.*, ({FILLS}) AS submissions FROM vouchers v WHERE voucher_id = $1",  # noqa: S608
        voucher_id,
    )


async def _insert(connection: Connection, vault: Vault, voucher: Voucher, reference_key: str) -> None:
    upload, filling = voucher.upload, voucher.filling
    secrets = orjson.dumps({"bank_reference": upload.bank_reference, "payer": upload.payer})
    await connection.execute(
        """INSERT INTO vouchers (voucher_id, union_id, amount_fen, due_fen, filled_fen, result, reason, paid_on, sealed,
                                 reference_key, file_id, file_sha256, file_name, file_type, file_bytes, state,
                                 uploaded_by, uploaded_at, file_name_key)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)""",
        voucher.voucher_id,
        upload.union_id,
        upload.amount_fen,
        filling.due_fen,
        filling.filled_fen,
        filling.result.value,
        upload.reason,
        upload.paid_on,
        vault.seal_bytes(secrets, voucher.voucher_id),
        reference_key,
        upload.file_id,
        upload.attachment.sha256,
        upload.attachment.name,
        upload.attachment.media_type,
        upload.attachment.size,
        VoucherState.SUBMITTED.value,
        upload.account,
        voucher.uploaded_at,
        text_key(upload.attachment.name),
    )
