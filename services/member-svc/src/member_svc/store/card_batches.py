"""Statements about card batches and their cancellations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.identity import Principal
from chassis.sql import Connection, Statement, columns_of
from chassis.web import Order, PageRequest, within
from member_svc.tables import CardBatchRow, CardCancellationRow

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


@dataclass(slots=True)
class NewCardBatch:
    batch_id: UUID
    union_id: UUID
    member_ids: list[UUID]
    created_by: str
    created_at: datetime

    @property
    def heads(self) -> int:
        return len(self.member_ids)


@dataclass(slots=True)
class CardBatchFilter:
    """None = no filter. `scope_id` None = the whole city; `until` is exclusive."""

    scope_id: UUID | None
    union_id: UUID | None = None
    state: str | None = None
    batch_no: str | None = None
    since: datetime | None = None
    until: datetime | None = None


BATCH = columns_of(CardBatchRow)
CANCELLATION = columns_of(CardCancellationRow)

NEXT_NUMBER = Statement("SELECT 'BK' || :day || lpad(nextval('card_batch_numbers')::text, 6, '0')")
INSERT = Statement(
    """INSERT INTO card_batches (batch_id, batch_no, union_id, state, heads, version, created_by, created_at,
                                 changed_at)
       VALUES (:batch_id, :batch_no, :union_id, 'making', :heads, 1, :created_by, :created_at, :created_at)"""
)
INSERT_MEMBERS = Statement(
    """INSERT INTO card_batch_members (batch_id, member_id, open)
       SELECT :batch_id, m, true FROM unnest(:member_ids::uuid[]) AS m ORDER BY m
       ON CONFLICT (member_id) WHERE open DO NOTHING RETURNING member_id"""
)
LOCK = Statement("SELECT {batch} FROM card_batches WHERE batch_id = :batch_id FOR UPDATE", batch=BATCH)
SET_STATE = Statement(
    "UPDATE card_batches SET state = :state, version = version + 1, changed_at = :now WHERE batch_id = :batch_id"
)
FREE_MEMBERS = Statement("UPDATE card_batch_members SET open = false WHERE batch_id = :batch_id")
LOCK_WITH_ALL_CARDS = Statement(
    """SELECT b.batch_id FROM card_batches AS b WHERE b.union_id = ANY(:union_ids) AND b.state = 'making'
       AND NOT EXISTS (SELECT FROM card_batch_members AS c JOIN members AS m USING (member_id)
                       WHERE c.batch_id = b.batch_id AND m.card_key IS NULL AND m.removed_at IS NULL)
       AND EXISTS (SELECT FROM card_batch_members AS c JOIN members AS m USING (member_id)
                   WHERE c.batch_id = b.batch_id AND m.card_key IS NOT NULL)
       ORDER BY b.batch_id FOR UPDATE"""
)
REQUEST_CANCELLATION = Statement(
    """INSERT INTO card_cancellations (cancellation_id, batch_id, state, reason, requested_by, requested_at,
                                       requested_by_union_id)
       VALUES (:cancellation_id, :batch_id, 'requested', :reason, :account, :now, :scope_id)"""
)
OPEN_CANCELLATION = Statement(
    "SELECT {cancellation} FROM card_cancellations WHERE batch_id = :batch_id AND state = 'requested'",
    cancellation=CANCELLATION,
)
DECIDE = Statement(
    """UPDATE card_cancellations SET state = :state, decided_by = :account, decision_reason = :reason, decided_at = :now
       WHERE cancellation_id = :cancellation_id"""
)
FILTER = Statement(
    """WHERE {in_reach} AND {in_union}
      AND (:state::text IS NULL OR b.state = :state) AND (:batch_no::text IS NULL OR b.batch_no = :batch_no)
      AND (:since::timestamptz IS NULL OR b.created_at >= :since)
      AND (:until::timestamptz IS NULL OR b.created_at < :until)""",
    in_reach=within("b.union_id"),
    in_union=within("b.union_id", "union_id"),
)
LIST = """
    SELECT {b.batch}, b.changed_at AS updated_at, u.name AS union_name,
           (SELECT count(*) FROM card_batch_members AS c JOIN members AS m USING (member_id)
            WHERE c.batch_id = b.batch_id AND m.card_key IS NOT NULL) AS cards_made
    FROM card_batches AS b LEFT JOIN unions AS u USING (union_id)"""
COUNT = Statement("SELECT count(*) FROM card_batches AS b {filter}", filter=FILTER)
PAGE = Statement(
    "{list} {filter} ORDER BY {order} LIMIT :limit OFFSET :offset", list=LIST, batch=BATCH, filter=FILTER, order=ORDER
)
ONE = Statement("{list} WHERE b.batch_id = :batch_id", list=LIST, batch=BATCH)
MEMBERS = Statement("SELECT member_id FROM card_batch_members WHERE batch_id = :batch_id ORDER BY member_id")


async def next_number(connection: Connection, day: str) -> str:
    """The next batch number: BK, the day and a sequence number."""
    return str(await NEXT_NUMBER.fetchval(connection, day=day))


async def insert(connection: Connection, new: NewCardBatch, batch_no: str) -> set[UUID]:
    """Add a batch. Returns the ids of the added members; a member of another open batch is not added."""
    await INSERT.execute(connection, new, batch_no=batch_no)
    return {row["member_id"] for row in await INSERT_MEMBERS.fetch(connection, new)}


async def lock(connection: Connection, batch_id: UUID) -> Record | None:
    """One batch, locked until the end of the transaction."""
    return await LOCK.fetchrow(connection, batch_id=batch_id)


async def set_state(connection: Connection, batch_id: UUID, state: str, now: datetime, *, open: bool) -> None:
    """Set the state of the batch. If `open` is False, the members of the batch can join another batch from now on."""
    await SET_STATE.execute(connection, batch_id=batch_id, state=state, now=now)
    if not open:
        await FREE_MEMBERS.execute(connection, batch_id=batch_id)


async def lock_with_all_cards(connection: Connection, union_ids: Sequence[UUID]) -> list[UUID]:
    """Lock and return the batches of these unions that are in `making` and whose members all have a card.

    A removed member needs no card, but at least one member must have a card.
    """
    return [row["batch_id"] for row in await LOCK_WITH_ALL_CARDS.fetch(connection, union_ids=list(union_ids))]


async def request_cancellation(
    connection: Connection, cancellation_id: UUID, batch_id: UUID, reason: str, by: Principal, now: datetime
) -> None:
    """Store a request to cancel the batch."""
    await REQUEST_CANCELLATION.execute(
        connection, by, cancellation_id=cancellation_id, batch_id=batch_id, reason=reason, now=now
    )


async def open_cancellation(connection: Connection, batch_id: UUID) -> Record | None:
    """The request to cancel the batch, if one waits for a decision."""
    return await OPEN_CANCELLATION.fetchrow(connection, batch_id=batch_id)


async def decide(
    connection: Connection, cancellation_id: UUID, state: str, account: str, reason: str | None, now: datetime
) -> None:
    """Store the superior union's decision on a request."""
    await DECIDE.execute(
        connection, cancellation_id=cancellation_id, state=state, account=account, reason=reason, now=now
    )


async def count(connection: Connection, filters: CardBatchFilter) -> int:
    """The number of batches that the filter matches."""
    return int(await COUNT.fetchval(connection, filters))


async def page(connection: Connection, filters: CardBatchFilter, page: PageRequest) -> list[Record]:
    """A page of matching batches with the number of finished cards, newest first unless the request names an order."""
    return await PAGE.fetch(connection, filters, page, order=page)


async def get(connection: Connection, batch_id: UUID) -> Record | None:
    """One batch, with the same columns as in `page`."""
    return await ONE.fetchrow(connection, batch_id=batch_id)


async def member_ids(connection: Connection, batch_id: UUID) -> list[UUID]:
    """The ids of the members of a batch."""
    return [row["member_id"] for row in await MEMBERS.fetch(connection, batch_id=batch_id)]
