"""Adds the lines of a submission; finds and locks lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of
from contracts.words import Channel, StartRule, Term
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.tables import LineRow


@dataclass(frozen=True, slots=True)
class NewLine:
    line_id: UUID
    batch_no: str
    union_id: UUID
    unit_id: UUID
    unit_name: str
    organization_code: str | None
    credit_code: str | None
    year: int
    channel: Channel
    term: Term
    start_on: date
    end_on: date
    rate: Money
    heads: int
    chain: list[dict[str, str]]
    round: int
    replaces: str | None
    submitted_at: datetime
    submitted_by: str
    start_rule: StartRule = StartRule.SUBMIT_NEXT_DAY
    submitted_by_union_id: UUID | None = None


#: The columns that a NewLine fills: one for each field, three for `rate`, none for `submitted_by_union_id`.
NEW = columns_of(
    LineRow,
    *(name for name in NewLine.__slots__ if name not in ("rate", "submitted_by_union_id")),
    "rate_city_fen",
    "rate_district_fen",
    "rate_unit_fen",
)
new_values = attrgetter(*(name.replace("rate_", "rate.") for name in NEW.types))

ADD = Statement(
    """WITH added AS (
           INSERT INTO lines ({new}, submitted_heads, city_fen, district_fen, unit_fen, state, updated_at)
           SELECT {new}, heads, rate_city_fen * heads, rate_district_fen * heads, rate_unit_fen * heads, 'in_review',
                  submitted_at
           FROM {lines} AS n RETURNING line_id, submitted_at, submitted_by, heads)
       INSERT INTO line_history (line_id, at, what, by, heads)
       SELECT line_id, submitted_at, 'submitted', submitted_by, heads FROM added""",
    new=NEW,
    lines=rows_of(NEW),
)
LOCK = Statement("SELECT * FROM lines WHERE line_id = :line_id AND batch_no = :batch_no FOR UPDATE")
FIND = Statement("SELECT * FROM lines WHERE line_id = :line_id")
LOCK_ALL = Statement("SELECT FROM lines WHERE line_id = ANY (:line_ids) ORDER BY line_id FOR UPDATE")


async def add(connection: Connection, lines: Sequence[NewLine]) -> None:
    """Add the lines of one submission, each with its first history entry."""
    await ADD.execute(connection, lines=list(map(new_values, lines)))


async def lock(connection: Connection, batch_no: str, line_id: UUID) -> Record | None:
    """Read a line and lock it for a change."""
    return await LOCK.fetchrow(connection, batch_no=batch_no, line_id=line_id)


async def find(connection: Connection, line_id: UUID) -> Record | None:
    """A line, without a lock."""
    return await FIND.fetchrow(connection, line_id=line_id)


async def lock_all(connection: Connection, line_ids: Iterable[UUID]) -> None:
    """Lock lines for this transaction, in the order of their ids. Unknown ids are skipped."""
    await LOCK_ALL.execute(connection, line_ids=sorted(set(line_ids)))
