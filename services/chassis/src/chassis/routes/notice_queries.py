"""Queries for the notices of one recipient: list them, count them, mark them as read (D06)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import Recipient
from chassis.sql import Connection
from chassis.web import Order, PageRequest

if TYPE_CHECKING:
    import asyncpg

#: The notices to role $2 in union $1, with the time at which account $3 read each notice. If $4 is true, only unread
#: notices are selected. If $5 is not null, only notices of this kind are selected.
_NOTICES = """FROM notices n LEFT JOIN notice_reads r ON r.notice_id = n.notice_id AND r.account = $3
           WHERE n.node_id = $1 AND n.role = $2 AND (NOT $4::boolean OR r.notice_id IS NULL)
                 AND ($5::text IS NULL OR n.kind = $5)"""
ORDER = Order({"at": "n.at", "kind": "n.kind"}, default="-at", tie="n.notice_id")


async def count(connection: Connection, recipient: Recipient, *, unread: bool, kind: str | None = None) -> int:
    """The number of the recipient's notices that pass the filters."""
    total: int = await connection.fetchval(
        f"SELECT count(*) {_NOTICES}",
        recipient.node_id,
        recipient.role,
        recipient.account,
        unread,
        kind,
    )
    return total


async def page(
    connection: Connection, recipient: Recipient, page: PageRequest, *, unread: bool, kind: str | None
) -> list["asyncpg.Record"]:
    """One page of the recipient's notices, the newest first, unless the page request asks for another order."""
    return await connection.fetch(
        f"SELECT n.*, r.read_at {_NOTICES} ORDER BY {ORDER.by(page)} LIMIT $6 OFFSET $7",
        recipient.node_id,
        recipient.role,
        recipient.account,
        unread,
        kind,
        page.limit,
        page.offset,
    )


async def known(connection: Connection, recipient: Recipient, notice_ids: Sequence[UUID]) -> set[UUID]:
    """The ids among `notice_ids` whose notices belong to the recipient."""
    rows = await connection.fetch(
        "SELECT notice_id FROM notices WHERE notice_id = ANY($3) AND node_id = $1 AND role = $2",
        recipient.node_id,
        recipient.role,
        list(notice_ids),
    )
    return {row["notice_id"] for row in rows}


async def mark(connection: Connection, recipient: Recipient, notice_ids: Sequence[UUID] | None) -> int:
    """Mark the notices in `notice_ids` as read by the account. If `notice_ids` is None, mark all notices.

    Returns how many of them were unread.
    """
    rows = await connection.fetch(
        """INSERT INTO notice_reads (notice_id, account)
           SELECT notice_id, $3 FROM notices
           WHERE node_id = $1 AND role = $2 AND ($4::uuid[] IS NULL OR notice_id = ANY($4)) ORDER BY notice_id
           ON CONFLICT DO NOTHING RETURNING notice_id""",
        recipient.node_id,
        recipient.role,
        recipient.account,
        None if notice_ids is None else list(notice_ids),
    )
    return len(rows)
