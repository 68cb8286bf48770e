"""Reads from payment-svc the amounts that are due for submissions, and the vouchers that pay these amounts."""

from collections import defaultdict
from collections.abc import Sequence

from chassis.sql import Connection, Statement
from enrollctl.evidence.documents.center import Due, FillEntry, VoucherEntry

DUES = Statement(
    """SELECT submission_no, state, version, heads, due_fen, paid_fen, confirmed_at, due_on FROM dues
       WHERE submission_no = ANY(:numbers)"""
)
#: The encrypted bank reference and payer are not read. Nor is the name of the file, which may contain a person's name.
VOUCHERS = Statement(
    """SELECT voucher_id, union_id, amount_fen, due_fen, filled_fen, result, reason, paid_on, file_sha256, file_type,
              file_bytes, state, uploaded_by, uploaded_at, decided_at, decision_reason
       FROM vouchers
       WHERE voucher_id IN (SELECT voucher_id FROM voucher_fills WHERE submission_no = ANY(:numbers))
       ORDER BY uploaded_at, voucher_id"""
)
FILLS = Statement(
    """SELECT voucher_id, submission_no, version, due_fen, amount_fen FROM voucher_fills
       WHERE voucher_id = ANY(:voucher_ids) ORDER BY voucher_id, submission_no"""
)


async def dues_of(connection: Connection, numbers: Sequence[str]) -> dict[str, Due]:
    rows = [dict(row) for row in await DUES.fetch(connection, numbers=list(numbers))]
    return {row.pop("submission_no"): Due(**row) for row in rows}


async def vouchers_of(connection: Connection, numbers: Sequence[str]) -> list[VoucherEntry]:
    """The vouchers that pay one of the submissions, including vouchers that the center rejected."""
    rows = await VOUCHERS.fetch(connection, numbers=list(numbers))
    fills: dict[object, list[FillEntry]] = defaultdict(list)
    for row in await FILLS.fetch(connection, voucher_ids=[row["voucher_id"] for row in rows]):
        fill = dict(row)
        fills[fill.pop("voucher_id")].append(FillEntry(**fill))
    return [VoucherEntry(**row, fills=fills[row["voucher_id"]]) for row in rows]
