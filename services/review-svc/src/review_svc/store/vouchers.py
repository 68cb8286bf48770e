"""Which submissions a voucher covers, so that the center's refusal of it shows on them."""

from collections.abc import Sequence
from uuid import UUID

from chassis.sql import Connection


async def keep(connection: Connection, voucher_id: UUID, submission_nos: Sequence[str]) -> None:
    """Remember what a voucher covers."""
    await connection.execute(
        """INSERT INTO vouchers (voucher_id, submission_no) SELECT $1, n FROM unnest($2::text[]) AS u(n)
           ON CONFLICT DO NOTHING""",
        voucher_id,
        list(submission_nos),
    )


async def covered(connection: Connection, voucher_id: UUID) -> list[str]:
    """The submissions that a voucher covers."""
    rows = await connection.fetch(
        "SELECT submission_no FROM vouchers WHERE voucher_id = $1 ORDER BY submission_no", voucher_id
    )
    return [row["submission_no"] for row in rows]
