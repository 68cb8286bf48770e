"""The submissions that a voucher pays. If the center rejects the voucher, each of its submissions shows the reason."""

from collections.abc import Sequence
from uuid import UUID

from chassis.sql import Connection, Statement

ADD = Statement(
    """INSERT INTO vouchers (voucher_id, submission_no)
       SELECT :voucher_id, n FROM unnest(:submission_nos::text[]) AS u (n) ON CONFLICT DO NOTHING"""
)
COVERED = Statement("SELECT submission_no FROM vouchers WHERE voucher_id = :voucher_id ORDER BY submission_no")


async def add(connection: Connection, voucher_id: UUID, submission_nos: Sequence[str]) -> None:
    """Store the submissions that a voucher pays."""
    await ADD.execute(connection, voucher_id=voucher_id, submission_nos=list(submission_nos))


async def covered(connection: Connection, voucher_id: UUID) -> list[str]:
    """The submissions that a voucher pays."""
    return [row["submission_no"] for row in await COVERED.fetch(connection, voucher_id=voucher_id)]
