"""Statements about card batches and their cancellations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.identity import Principal
from chassis.sql import Connection
from chassis.web import Order, PageRequest

ORDER = Order(
    {
        "created_at": "b.created_at",
        "batch_no": "b.batch_no",
        "union_name": "u.name",
        "heads": "b.heads",
        "state": "b.state",
    },
    default="-created_at",
    tie="b.batch_id",
)
IN_SCOPE = """b.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[{}::uuid])"""


@dataclass(slots=True)
class NewCardBatch:
    batch_id: UUID
    union_id: UUID
    member_ids: list[UUID]
    created_by: str
    created_at: datetime


@dataclass(slots=True)
class CardBatchFilter:
    """None = not asked for; `scope_id` None = the whole city; `until` is the first instant outside."""

    scope_id: UUID | None
    union_id: UUID | None = None
    state: str | None = None
    batch_no: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def next_number(connection: Connection, day: str) -> str:
    """BK, the day, and a number that counts on."""
    return str(await connection.fetchval("SELECT 'BK' || $1 || lpad(nextval('card_batch_numbers')::text, 6, '0')", day))


async def insert(connection: Connection, new: NewCardBatch, batch_no: str) -> set[UUID]:
    """A new batch of these members; returns those whom no other open batch has."""
    await connection.execute(
        """INSERT INTO card_batches (batch_id, batch_no, union_id, state, heads, version, created_by, created_at,
                                     changed_at) VALUES ($1, $2, $3, 'making', $4, 1, $5, $6, $6)""",
        new.batch_id,
        batch_no,
        new.union_id,
        len(new.member_ids),
        new.created_by,
        new.created_at,
    )
    rows = await connection.fetch(
        """INSERT INTO card_batch_members (batch_id, member_id, open)
           SELECT $1, m, true FROM unnest($2::uuid[]) AS m ORDER BY m
           ON CONFLICT (member_id) WHERE open DO NOTHING RETURNING member_id""",
        new.batch_id,
        new.member_ids,
    )
    return {row["member_id"] for row in rows}


async def lock(connection: Connection, batch_id: UUID) -> Record | None:
    """One batch, locked until the end of the transaction."""
    return await connection.fetchrow("SELECT * FROM card_batches WHERE batch_id = $1 FOR UPDATE", batch_id)


async def set_state(connection: Connection, batch_id: UUID, state: str, now: datetime, *, open: bool) -> None:
    """The batch's new state; `open` False sets its members free for another batch."""
    await connection.execute(
        "UPDATE card_batches SET state = $2, version = version + 1, changed_at = $3 WHERE batch_id = $1",
        batch_id,
        state,
        now,
    )
    if not open:
        await connection.execute("UPDATE card_batch_members SET open = false WHERE batch_id = $1", batch_id)


async def complete(connection: Connection, union_ids: Sequence[UUID]) -> list[UUID]:
    """Batches of these unions in which every member who is still listed has his card by now, locked."""
    rows = await connection.fetch(
        """SELECT b.batch_id FROM card_batches AS b WHERE b.union_id = ANY($1) AND b.state = 'making'
           AND NOT EXISTS (SELECT FROM card_batch_members AS c JOIN members AS m USING (member_id)
                           WHERE c.batch_id = b.batch_id AND m.card_key IS NULL AND m.removed_at IS NULL)
           AND EXISTS (SELECT FROM card_batch_members AS c JOIN members AS m USING (member_id)
                       WHERE c.batch_id = b.batch_id AND m.card_key IS NOT NULL)
           ORDER BY b.batch_id FOR UPDATE""",
        list(union_ids),
    )
    return [row["batch_id"] for row in rows]


async def request_cancellation(
    connection: Connection, cancellation_id: UUID, batch_id: UUID, reason: str, by: Principal, now: datetime
) -> None:
    """Write down who wants the batch cancelled, and why."""
    await connection.execute(
        """INSERT INTO card_cancellations (cancellation_id, batch_id, state, reason, requested_by, requested_at,
                                          requested_by_union_id)
           VALUES ($1, $2, 'requested', $3, $4, $5, $6)""",
        cancellation_id,
        batch_id,
        reason,
        by.account,
        now,
        by.scope_id,
    )


async def open_cancellation(connection: Connection, batch_id: UUID) -> Record | None:
    """The request that waits for a decision."""
    return await connection.fetchrow(
        "SELECT * FROM card_cancellations WHERE batch_id = $1 AND state = 'requested'", batch_id
    )


async def decide(
    connection: Connection, cancellation_id: UUID, state: str, account: str, reason: str | None, now: datetime
) -> None:
    """What the superior union decided."""
    await connection.execute(
        """UPDATE card_cancellations SET state = $2, decided_by = $3, decision_reason = $4, decided_at = $5
           WHERE cancellation_id = $1""",
        cancellation_id,
        state,
        account,
        reason,
        now,
    )


FILTER = f"""
    WHERE ($1::uuid IS NULL OR {IN_SCOPE.format("$1")}) AND ($2::uuid IS NULL OR {IN_SCOPE.format("$2")})
      AND ($3::text IS NULL OR b.state = $3) AND ($4::text IS NULL OR b.batch_no = $4)
      AND ($5::timestamptz IS NULL OR b.created_at >= $5) AND ($6::timestamptz IS NULL OR b.created_at < $6)"""
LIST = """
    SELECT b.*, b.changed_at AS updated_at, u.name AS union_name,
           (SELECT count(*) FROM card_batch_members AS c JOIN members AS m USING (member_id)
            WHERE c.batch_id = b.batch_id AND m.card_key IS NOT NULL) AS cards_made
    FROM card_batches AS b LEFT JOIN unions AS u USING (union_id)"""


async def count(connection: Connection, wanted: CardBatchFilter) -> int:
    """How many batches fit."""
    sql = f"SELECT count(*) FROM card_batches AS b {FILTER}"  # noqa: S608 - a constant
    return int(await connection.fetchval(sql, *_arguments(wanted)))


async def page(connection: Connection, wanted: CardBatchFilter, page: PageRequest) -> list[Record]:
    """Batches that fit, the newest first, with how many of their cards are made."""
    sql = f"{LIST} {FILTER} ORDER BY {ORDER.by(page)} LIMIT $7 OFFSET $8"
    return list(await connection.fetch(sql, *_arguments(wanted), page.limit, page.offset))


async def get(connection: Connection, batch_id: UUID) -> Record | None:
    """One batch as the list shows it."""
    return await connection.fetchrow(f"{LIST} WHERE b.batch_id = $1", batch_id)


async def member_ids(connection: Connection, batch_id: UUID) -> list[UUID]:
    """The members of a batch."""
    rows = await connection.fetch(
        "SELECT member_id FROM card_batch_members WHERE batch_id = $1 ORDER BY member_id", batch_id
    )
    return [row["member_id"] for row in rows]


def _arguments(wanted: CardBatchFilter) -> list[Any]:
    return [wanted.scope_id, wanted.union_id, wanted.state, wanted.batch_no, wanted.since, wanted.until]
