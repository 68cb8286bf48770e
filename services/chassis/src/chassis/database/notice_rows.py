"""Writes the table `notices` in the transaction that publishes the notices. Each notice is one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.sql import Connection
from contracts.notices import Notice


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account that reads notices. A notice is for all accounts of one role in one union (`node_id`). Each account
    has its own read marks.
    """

    node_id: UUID | None
    role: str
    account: str


async def store(connection: Connection, notices: Sequence[Notice]) -> None:
    """Store notices. A notice that is stored already stays as it is."""
    await connection.execute(
        """INSERT INTO notices (notice_id, node_id, role, kind, about, text, at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                                $7::timestamptz[]) AS t(id, node, role, kind, about, text, at) ORDER BY id
           ON CONFLICT (notice_id) DO NOTHING""",
        [notice.notice_id for notice in notices],
        [notice.union_id for notice in notices],
        [notice.role.value for notice in notices],
        [notice.kind.value for notice in notices],
        [notice.about for notice in notices],
        [notice.text for notice in notices],
        [notice.at for notice in notices],
    )
