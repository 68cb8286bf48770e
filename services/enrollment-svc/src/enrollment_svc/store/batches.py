"""Batches as the submitting union sees them (F188–F200)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection, in_batches
from chassis.web import Order, PageRequest
from enrollment_svc.store.payments import PAID_LINES, PAYMENT

if TYPE_CHECKING:
    import asyncpg


#: Batches of union $1 that have lines in channel $2, with the sums of these; `social_security_card` and `service_card`
#: count the whole batch. A batch shows the first state of any line among 区局确认中, 已完成, 已退回, 已撤回, and the
#: payment state likewise; its instants stand once they are known of all completed lines.
_BATCHES = f"""
    SELECT b.*, t.*, w.*, t.city_fen + t.district_fen + t.unit_fen AS total_fen FROM batches b
    CROSS JOIN LATERAL (
        SELECT count(*)::int AS lines, sum(heads)::int AS heads, sum(submitted_heads)::int AS submitted_heads,
               sum(city_fen)::bigint AS city_fen, sum(district_fen)::bigint AS district_fen,
               sum(unit_fen)::bigint AS unit_fen, max(updated_at) AS updated_at,
               CASE WHEN bool_or(state = 'in_review') THEN 'in_review'
                    WHEN bool_or(state = 'completed') THEN 'completed'
                    WHEN bool_or(state = 'returned') THEN 'returned' ELSE 'withdrawn' END AS state,
               CASE WHEN bool_or(payment = 'awaiting_confirmation') THEN 'awaiting_confirmation'
                    WHEN bool_or(payment = 'payable') THEN 'payable'
                    WHEN bool_or(payment = 'settled') THEN 'settled'
                    WHEN bool_or(payment = 'nothing_due') THEN 'nothing_due' END AS payment,
               CASE WHEN count(payment) = count(confirmed_at) THEN max(confirmed_at) END AS center_confirmed_at,
               CASE WHEN count(payment) = count(settled_at) THEN max(settled_at) END AS settled_at
        FROM (SELECT l.*, {PAYMENT} AS payment, a.answered_at AS confirmed_at, s.settled_at FROM {PAID_LINES}
              WHERE l.batch_no = b.batch_no AND ($2::text IS NULL OR l.channel = $2)) AS l) AS t
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(heads) FILTER (WHERE channel = 'social_security_card'), 0)::int AS social_security_card,
               coalesce(sum(heads) FILTER (WHERE channel = 'service_card'), 0)::int AS service_card
        FROM lines l WHERE l.batch_no = b.batch_no) AS w
    WHERE b.union_id = $1 AND t.lines > 0
"""  # noqa: S608
_WANTED = """($3::text IS NULL OR starts_with(batch_no, $3)) AND ($4::timestamptz IS NULL OR submitted_at >= $4)
             AND ($5::timestamptz IS NULL OR submitted_at < $5) AND ($6::text IS NULL OR state = $6)
             AND ($7::text IS NULL OR enrollment_type = $7) AND ($8::int IS NULL OR year = $8)
             AND ($9::text IS NULL OR plan = $9) AND ($10::text IS NULL OR payment = $10)"""
ORDER = Order(
    {
        "batch_no": "batch_no",
        "heads": "heads",
        "total_fen": "total_fen",
        "submitted_at": "submitted_at",
        "updated_at": "updated_at",
        "state": "state",
        "enrollment_type": "enrollment_type",
        "year": "year",
        "plan": "plan",
    },
    default="-submitted_at",
    tie="batch_no DESC",
)
PEOPLE_ORDER = Order(
    {
        "member_no": "e.member_no",
        "unit_name": "l.unit_name",
        "channel": "l.channel",
        "document_type": "e.document_type",
        "state": "e.state",
        "round": "e.round",
    },
    default="member_no",
    tie="e.line_id, e.member_id",
)


@dataclass(frozen=True, slots=True)
class BatchesWanted:
    """Filters of the list; None = no restriction. `submitted_before` is exclusive."""

    union_id: UUID
    channel: str | None = None
    batch_no: str | None = None
    submitted_from: datetime | None = None
    submitted_before: datetime | None = None
    state: str | None = None
    enrollment_type: str | None = None
    year: int | None = None
    plan: str | None = None
    payment: str | None = None

    def parameters(self) -> tuple[Any, ...]:
        return (
            self.union_id,
            self.channel,
            self.batch_no,
            self.submitted_from,
            self.submitted_before,
            self.state,
            self.enrollment_type,
            self.year,
            self.plan,
            self.payment,
        )


async def count(connection: Connection, wanted: BatchesWanted) -> int:
    """How many batches the list holds."""
    total: int = await connection.fetchval(
        f"SELECT count(*) FROM ({_BATCHES}) AS b WHERE {_WANTED}",  # noqa: S608
        *wanted.parameters(),
    )
    return total


async def page(connection: Connection, wanted: BatchesWanted, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of the list, newest first unless asked otherwise."""
    return await connection.fetch(
        f"""SELECT * FROM ({_BATCHES}) AS b WHERE {_WANTED}
            ORDER BY {ORDER.by(page)} LIMIT $11 OFFSET $12""",  # noqa: S608
        *wanted.parameters(),
        page.limit,
        page.offset,
    )


async def every(connection: Connection, wanted: BatchesWanted) -> AsyncIterator[list["asyncpg.Record"]]:
    """The whole list for a file, some at a time."""
    async for rows in in_batches(
        connection,
        f"SELECT * FROM ({_BATCHES}) AS b WHERE {_WANTED} ORDER BY submitted_at DESC, batch_no DESC",  # noqa: S608
        *wanted.parameters(),
    ):
        yield rows


async def find(connection: Connection, batch_no: str) -> "asyncpg.Record | None":
    """A batch by its whole number."""
    return await connection.fetchrow("SELECT * FROM batches WHERE batch_no = $1", batch_no)


async def lines(connection: Connection, batch_no: str) -> list["asyncpg.Record"]:
    """The lines of a batch, with what the center said of their submission and whether it is paid."""
    return await connection.fetch(
        f"""SELECT l.*, a.answered_at AS center_confirmed_at, s.settled_at, {PAYMENT} AS payment
            FROM {PAID_LINES} WHERE l.batch_no = $1 ORDER BY l.submitted_at, l.unit_name, l.channel""",  # noqa: S608
        batch_no,
    )


async def history(connection: Connection, batch_no: str) -> list["asyncpg.Record"]:
    """What happened to the lines of a batch, in order."""
    return await connection.fetch(
        """SELECT h.line_id, h.at, h.what, h.by, h.heads, h.reason
           FROM line_history h JOIN lines l ON l.line_id = h.line_id
           WHERE l.batch_no = $1 ORDER BY h.id""",
        batch_no,
    )


@dataclass(frozen=True, slots=True)
class PeopleOf:
    """People of a batch; None = no restriction."""

    batch_no: str
    line_id: UUID | None = None
    channel: str | None = None
    state: str | None = None

    def parameters(self) -> tuple[Any, ...]:
        return self.batch_no, self.line_id, self.channel, self.state


_PEOPLE = """FROM enrollments e JOIN lines l ON l.line_id = e.line_id
             WHERE l.batch_no = $1 AND ($2::uuid IS NULL OR l.line_id = $2) AND ($3::text IS NULL OR l.channel = $3)
                   AND ($4::text IS NULL OR e.state = $4)"""
_PERSON = """e.*, l.unit_name, l.channel, l.start_on, l.end_on, l.term,
             l.rate_city_fen, l.rate_district_fen, l.rate_unit_fen"""


async def count_people(connection: Connection, wanted: PeopleOf) -> int:
    """How many people, those who went back included."""
    total: int = await connection.fetchval(f"SELECT count(*) {_PEOPLE}", *wanted.parameters())
    return total


async def people(connection: Connection, wanted: PeopleOf, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of a batch's people, as frozen."""
    return await connection.fetch(
        f"SELECT {_PERSON} {_PEOPLE} ORDER BY {PEOPLE_ORDER.by(page)} LIMIT $5 OFFSET $6",
        *wanted.parameters(),
        page.limit,
        page.offset,
    )


async def everybody(connection: Connection, wanted: PeopleOf) -> AsyncIterator[list["asyncpg.Record"]]:
    """All people of a batch for a file, some at a time."""
    async for rows in in_batches(
        connection,
        f"SELECT {_PERSON} {_PEOPLE} ORDER BY e.member_no, e.line_id",
        *wanted.parameters(),
    ):
        yield rows
