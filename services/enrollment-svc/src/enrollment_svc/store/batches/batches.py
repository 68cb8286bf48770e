"""Batches as the submitting union sees them (F188–F200)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import Order, PageRequest
from enrollment_svc.store.batches.payments import PAID_LINES, PAYMENT

SORTABLE = ("batch_no", "heads", "total_fen", "submitted_at", "updated_at", "state", "enrollment_type", "year", "plan")
ORDER = Order({name: name for name in SORTABLE}, default="-submitted_at", tie="batch_no DESC")
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
class BatchFilter:
    """Filters of the list of batches; None = no restriction. `submitted_before` is exclusive."""

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


#: The union's batches that have at least one line in the channel :channel. If :channel is null: all batches of the
#: union. The columns `social_security_card` and `service_card` count the people of the whole batch. All other sums,
#: states and times are those of the lines in the channel. `state`, `payment`: the first value in the CASE that at least
#: one line has. `center_confirmed_at`, `settled_at`: null until every completed line has this time, then the latest of
#: these times.
BATCHES = Statement(
    """
    SELECT b.*, t.*, w.*, t.city_fen + t.district_fen + t.unit_fen AS total_fen FROM batches AS b
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
        FROM (SELECT l.*, {payment} AS payment, a.answered_at AS confirmed_at, s.settled_at FROM {paid_lines}
              WHERE l.batch_no = b.batch_no AND (:channel::text IS NULL OR l.channel = :channel)) AS l) AS t
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(heads) FILTER (WHERE channel = 'social_security_card'), 0)::int AS social_security_card,
               coalesce(sum(heads) FILTER (WHERE channel = 'service_card'), 0)::int AS service_card
        FROM lines AS l WHERE l.batch_no = b.batch_no) AS w
    WHERE b.union_id = :union_id AND t.lines > 0""",
    payment=PAYMENT,
    paid_lines=PAID_LINES,
)
FILTER = """
    (:batch_no::text IS NULL OR starts_with(batch_no, :batch_no))
    AND (:submitted_from::timestamptz IS NULL OR submitted_at >= :submitted_from)
    AND (:submitted_before::timestamptz IS NULL OR submitted_at < :submitted_before)
    AND (:state::text IS NULL OR state = :state)
    AND (:enrollment_type::text IS NULL OR enrollment_type = :enrollment_type)
    AND (:year::int IS NULL OR year = :year) AND (:plan::text IS NULL OR plan = :plan)
    AND (:payment::text IS NULL OR payment = :payment)"""
COUNT = Statement("SELECT count(*) FROM ({batches}) AS b WHERE {filter}", batches=BATCHES, filter=FILTER)
LIST = Statement("SELECT * FROM ({batches}) AS b WHERE {filter}", batches=BATCHES, filter=FILTER)
PAGE = Statement("{list} ORDER BY {order} LIMIT :limit OFFSET :offset", list=LIST, order=ORDER)
NEWEST_FIRST = Statement("{list} ORDER BY submitted_at DESC, batch_no DESC", list=LIST)
FIND = Statement("SELECT * FROM batches WHERE batch_no = :batch_no")
LINES = Statement(
    """SELECT l.*, a.answered_at AS center_confirmed_at, s.settled_at, {payment} AS payment
       FROM {paid_lines} WHERE l.batch_no = :batch_no ORDER BY l.submitted_at, l.unit_name, l.channel""",
    payment=PAYMENT,
    paid_lines=PAID_LINES,
)
HISTORY = Statement(
    """SELECT h.line_id, h.at, h.what, h.by, h.heads, h.reason
       FROM line_history AS h JOIN lines AS l ON l.line_id = h.line_id WHERE l.batch_no = :batch_no ORDER BY h.id"""
)


async def count(connection: Connection, batch_filter: BatchFilter) -> int:
    """How many batches match the filter."""
    return int(await COUNT.fetchval(connection, batch_filter))


async def page(connection: Connection, batch_filter: BatchFilter, page: PageRequest) -> list[Record]:
    """One page of the batches that match the filter, newest first unless the request sorts otherwise."""
    return await PAGE.fetch(connection, batch_filter, page, order=page)


def every(connection: Connection, batch_filter: BatchFilter) -> AsyncIterator[list[Record]]:
    """All batches that match the filter, newest first, some rows at a time. The caller writes them to a file."""
    return NEWEST_FIRST.batches(connection, batch_filter)


async def find(connection: Connection, batch_no: str) -> Record | None:
    """The batch with this batch number, or None."""
    return await FIND.fetchrow(connection, batch_no=batch_no)


async def lines(connection: Connection, batch_no: str) -> list[Record]:
    """The lines of a batch, with the center's confirmation and the payment of their submission."""
    return await LINES.fetch(connection, batch_no=batch_no)


async def history(connection: Connection, batch_no: str) -> list[Record]:
    """What happened to the lines of a batch, in order."""
    return await HISTORY.fetch(connection, batch_no=batch_no)


@dataclass(frozen=True, slots=True)
class BatchPeopleFilter:
    """Filters of a batch's people; None = no restriction."""

    batch_no: str
    line_id: UUID | None = None
    channel: str | None = None
    state: str | None = None


OF_LINES = """l.batch_no = :batch_no AND (:line_id::uuid IS NULL OR l.line_id = :line_id)
    AND (:channel::text IS NULL OR l.channel = :channel)"""
PEOPLE_FILTER = Statement(
    """FROM enrollments AS e JOIN lines AS l ON l.line_id = e.line_id
       WHERE {of_lines} AND (:state::text IS NULL OR e.state = :state)""",
    of_lines=OF_LINES,
)
#: If :state is null, the counts that the lines store are summed, and no enrollment is read.
COUNT_PEOPLE = Statement(
    """SELECT CASE WHEN :state::text IS NOT NULL THEN (SELECT count(*) {filter})
                   ELSE (SELECT coalesce(sum(l.submitted_heads), 0) FROM lines AS l WHERE {of_lines}) END""",
    filter=PEOPLE_FILTER,
    of_lines=OF_LINES,
)
PERSON = """e.*, l.unit_name, l.channel, l.start_on, l.end_on, l.term,
    l.rate_city_fen, l.rate_district_fen, l.rate_unit_fen"""
LIST_PEOPLE = Statement("SELECT {person} {filter}", person=PERSON, filter=PEOPLE_FILTER)
#: The inner query sorts all people, but returns only the ids of one page. Then all columns of these people are read,
#: person by person. OFFSET 0 keeps PostgreSQL from planning a join.
PAGE_OF_PEOPLE = Statement(
    """SELECT {person}
       FROM (SELECT e.line_id, e.member_id {filter} ORDER BY {order} LIMIT :limit OFFSET :offset) AS p
       CROSS JOIN LATERAL (SELECT * FROM enrollments WHERE line_id = p.line_id AND member_id = p.member_id OFFSET 0)
                  AS e
       CROSS JOIN LATERAL (SELECT * FROM lines WHERE line_id = p.line_id OFFSET 0) AS l
       ORDER BY {order}""",
    person=PERSON,
    filter=PEOPLE_FILTER,
    order=PEOPLE_ORDER,
)
PEOPLE_BY_NUMBER = Statement("{list} ORDER BY e.member_no, e.line_id", list=LIST_PEOPLE)


async def count_people(connection: Connection, people_filter: BatchPeopleFilter) -> int:
    """How many people of the batch match the filter. If the filter's `state` is None, returned and withdrawn people are
    counted, too.
    """
    return int(await COUNT_PEOPLE.fetchval(connection, people_filter))


async def people(connection: Connection, people_filter: BatchPeopleFilter, page: PageRequest) -> list[Record]:
    """One page of a batch's people: their data as submitted, and their current state."""
    return await PAGE_OF_PEOPLE.fetch(connection, people_filter, page, order=page)


def everybody(connection: Connection, people_filter: BatchPeopleFilter) -> AsyncIterator[list[Record]]:
    """All people of a batch who match the filter, some at a time. The caller writes them to a file."""
    return PEOPLE_BY_NUMBER.batches(connection, people_filter)
