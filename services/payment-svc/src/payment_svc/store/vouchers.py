"""Reads and writes one voucher, and the submissions that it fills."""

from uuid import UUID

import asyncpg
import orjson

from chassis.normalization import text_key
from chassis.privacy import RowCipher
from chassis.sql import Connection, Statement, columns_of, rows_of
from payment_svc.domain.filling import Fill
from payment_svc.domain.states import VoucherState
from payment_svc.domain.used import BankReferenceAlreadyUsed, FileAlreadyUsed
from payment_svc.tables import VoucherFillRow
from payment_svc.vouchers import Decision, StoredVoucher, Voucher

STATES = {word.value: word for word in VoucherState}
FILL = columns_of(VoucherFillRow, Fill)

#: Vouchers, each with its fills as one JSON value.
VOUCHERS = Statement(
    """SELECT v.*, (
           SELECT json_agg(json_build_object('submission_no', submission_no, 'version', version, 'due_fen', due_fen,
                                             'amount_fen', amount_fen) ORDER BY submission_no)
           FROM voucher_fills AS f WHERE f.voucher_id = v.voucher_id) AS submissions
       FROM vouchers AS v"""
)
FIND = Statement("{vouchers} WHERE voucher_id = :voucher_id", vouchers=VOUCHERS)
LOCK = Statement(
    "SELECT union_id, state, amount_fen, uploaded_by FROM vouchers WHERE voucher_id = :voucher_id FOR UPDATE"
)
USED = Statement(
    """SELECT bool_or(file_sha256 = :file_sha256) AS file, bool_or(reference_key = :reference_key) AS reference
       FROM vouchers
       WHERE state <> 'rejected' AND (file_sha256 = :file_sha256 OR reference_key = :reference_key)"""
)
ADD = Statement(
    """INSERT INTO vouchers (voucher_id, union_id, amount_fen, due_fen, filled_fen, result, reason, paid_on, sealed,
                             reference_key, file_id, file_sha256, file_name, file_type, file_bytes, state,
                             uploaded_by, uploaded_at, file_name_key)
       VALUES (:voucher_id, :union_id, :amount_fen, :due_fen, :filled_fen, :result, :reason, :paid_on, :sealed,
               :reference_key, :file_id, :sha256, :name, :media_type, :size, :state,
               :account, :uploaded_at, :name_key)"""
)
ADD_FILLS = Statement(
    "INSERT INTO voucher_fills (voucher_id, {fill}) SELECT :voucher_id, {fill} FROM {fills} AS f",
    fill=FILL,
    fills=rows_of(FILL),
)
FILLS = Statement("SELECT {fill} FROM voucher_fills WHERE voucher_id = :voucher_id ORDER BY submission_no", fill=FILL)
CLOSE = Statement(
    """UPDATE vouchers SET state = :state, decided_at = :decided_at, decision_reason = :reason
       WHERE voucher_id = :voucher_id"""
)


async def refuse_used(connection: Connection, file_sha256: str, reference_key: str) -> None:
    """Raises FileAlreadyUsed or BankReferenceAlreadyUsed if another voucher has the file or the bank reference.

    Rejected vouchers do not count (D23).
    """
    [row] = await USED.fetch(connection, file_sha256=file_sha256, reference_key=reference_key)
    if row["file"]:
        raise FileAlreadyUsed
    if row["reference"]:
        raise BankReferenceAlreadyUsed


async def add_voucher(connection: Connection, row_cipher: RowCipher, voucher: Voucher, reference_key: str) -> None:
    """Store a voucher and its fills. Raises FileAlreadyUsed or BankReferenceAlreadyUsed.

    Two simultaneous uploads of the same file can both pass `refuse_used`. Then a unique index refuses the later upload.
    """
    try:
        await _insert(connection, row_cipher, voucher, reference_key)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "vouchers_file":
            raise FileAlreadyUsed from None
        if error.constraint_name == "vouchers_reference":
            raise BankReferenceAlreadyUsed from None
        raise
    await ADD_FILLS.execute(connection, voucher_id=voucher.voucher_id, fills=voucher.filling.fills)


async def fills_of(connection: Connection, voucher_id: UUID) -> list[Fill]:
    """The amount that the voucher pays for each submission. These amounts never change."""
    return FILL.records(await FILLS.fetch(connection, voucher_id=voucher_id))


async def lock_voucher(connection: Connection, voucher_id: UUID) -> asyncpg.Record | None:
    """Union, state, amount and uploader of a voucher, locked.

    Call this only after the voucher's dues are locked. An upload locks the dues first, too, and transactions that lock
    in different orders can block each other.
    """
    return await LOCK.fetchrow(connection, voucher_id=voucher_id)


async def close_voucher(connection: Connection, decision: Decision, state: VoucherState) -> None:
    """Write the center's decision to a locked voucher."""
    await CLOSE.execute(connection, decision, state=state)


async def load_voucher(connection: Connection, row_cipher: RowCipher, voucher_id: UUID) -> StoredVoucher | None:
    """A voucher with its sealed fields decrypted."""
    row = await find_voucher(connection, voucher_id)
    if row is None:
        return None
    secrets = orjson.loads(row_cipher.unseal_bytes(row["sealed"], voucher_id))
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


async def find_voucher(connection: Connection, voucher_id: UUID) -> asyncpg.Record | None:
    """One voucher and its fills, whichever union the voucher belongs to."""
    return await FIND.fetchrow(connection, voucher_id=voucher_id)


async def _insert(connection: Connection, row_cipher: RowCipher, voucher: Voucher, reference_key: str) -> None:
    upload = voucher.upload
    secrets = orjson.dumps({"bank_reference": upload.bank_reference, "payer": upload.payer})
    await ADD.execute(
        connection,
        voucher,
        upload,
        voucher.filling,
        upload.attachment,
        sealed=row_cipher.seal_bytes(secrets, voucher.voucher_id),
        reference_key=reference_key,
        state=VoucherState.SUBMITTED,
        name_key=text_key(upload.attachment.name),
    )
