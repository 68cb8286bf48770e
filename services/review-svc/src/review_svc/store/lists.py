"""The two lists of a reviewer and the list of everything that passes him, their filters and totals (F213–F233)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.normalization import bare_code_key, text_key
from chassis.sql import Connection, contains, in_batches
from chassis.validation import DayRange
from chassis.web import Order, PageRequest, within

if TYPE_CHECKING:
    import asyncpg

ALL = "all"

#: $1 narrows 待审批 and 待提交 to whose turn it is, $3 the list of everything to whose chain has the union.
WHERE = f"""
    l.state <> 'arriving' AND ($1::uuid IS NULL OR l.reviewer_id = $1) AND ($2::text IS NULL OR l.state = $2)
    AND ($3::uuid IS NULL OR l.chain @> ARRAY[$3::uuid])
    AND ($4::text IS NULL OR l.unit_name_key LIKE $4)
    AND ($5::text IS NULL OR l.credit_code = $5 OR replace(l.organization_code, '-', '') = $5
         OR substr(l.credit_code, 9, 9) = $5
         OR (l.credit_code IS NULL AND replace(l.organization_code, '-', '') = substr($5, 9, 9)))
    AND ($6::timestamptz IS NULL OR l.submitted_at >= $6)
    AND ($7::timestamptz IS NULL OR l.submitted_at < $7)
    AND ($8::uuid IS NULL OR $8 = ANY(l.chain)
         OR l.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$8::uuid]))
    AND ($9::text IS NULL OR l.channel = $9)
    AND ($10::text IS NULL OR l.enrollment_type = $10)
    AND ($11::text IS NULL OR l.enrollment_type = $11)
    AND ($12::text IS NULL OR l.plan = $12)
    AND ($13::boolean IS NULL OR (l.flagged > 0) = $13)
    AND {within("l.union_id", 14)}
"""  # noqa: S608
ORDER = Order(
    {
        "submitted_at": "l.submitted_at",
        "updated_at": "l.updated_at",
        "batch_no": "l.batch_no",
        "unit_name": "l.unit_name",
        "organization_code": "l.organization_code",
        "plan": "l.plan",
        "heads": "l.heads",
        "channel": "l.channel",
        "enrollment_type": "l.enrollment_type",
        "total_fen": "(l.city_fen + l.district_fen + l.unit_fen)",
        "flagged": "l.flagged",
    },
    default="-submitted_at",
    tie="l.line_id",
)
#: Every column of a line; `total_fen` and `reviewer` are for files.
SELECT = """SELECT l.*, l.city_fen + l.district_fen + l.unit_fen AS total_fen, l.chain_names[l.step + 1] AS reviewer
    FROM lines l WHERE"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list of whom, under which menu entry, and its filters; None = 全部.

    `listed`: pending, staged or all. `union_id` None = every union's (A61). `menu` is the type of the page
    (F209); `superior` takes in its subtree (F217).
    """

    union_id: UUID | None
    listed: str
    menu: str | None = None
    unit_name: str | None = None
    organization_code: str | None = None
    submitted: DayRange = field(default_factory=DayRange)
    superior: UUID | None = None
    channel: str | None = None
    enrollment_type: str | None = None
    plan: str | None = None
    flagged: bool | None = None
    #: Lines of its subtree only; None = the city.
    scope_id: UUID | None = None

    def values(self) -> tuple[Any, ...]:
        code = bare_code_key(self.organization_code or "")
        everything = self.listed == ALL
        place = (None, None, self.union_id) if everything else (self.union_id, self.listed, None)
        return (
            *(*place, contains(text_key(self.unit_name or "")), code or None, self.submitted.start, self.submitted.end),
            *(self.superior, self.channel, self.menu, self.enrollment_type, self.plan, self.flagged, self.scope_id),
        )


async def page_of_lines(
    connection: Connection, wanted: Wanted, page: PageRequest
) -> "tuple[int, list[asyncpg.Record]]":
    """A page of the list, newest first unless asked otherwise, and how many lines it has."""
    order = ORDER.by(page)
    total = await connection.fetchval(f"SELECT count(*) FROM lines l WHERE {WHERE}", *wanted.values())  # noqa: S608
    rows = await connection.fetch(
        f"{SELECT} {WHERE} ORDER BY {order} LIMIT $15 OFFSET $16", *wanted.values(), page.limit, page.offset
    )
    return total, rows


async def every_line(
    connection: Connection, wanted: Wanted, page: PageRequest
) -> "AsyncIterator[list[asyncpg.Record]]":
    """The whole list in the order of `page`, so many at a time."""
    async for rows in in_batches(connection, f"{SELECT} {WHERE} ORDER BY {ORDER.by(page)}", *wanted.values()):
        yield rows


async def totals(connection: Connection, wanted: Wanted) -> "asyncpg.Record":
    """Heads by channel and the four sums of the list."""
    row: asyncpg.Record | None = await connection.fetchrow(
        f"""SELECT count(*) AS lines, coalesce(sum(heads), 0)::bigint AS heads,
               coalesce(sum(heads) FILTER (WHERE channel = 'service_card'), 0)::bigint AS service_card,
               coalesce(sum(heads) FILTER (WHERE channel = 'social_security_card'), 0)::bigint AS social_security_card,
               coalesce(sum(city_fen), 0)::bigint AS city_fen, coalesce(sum(district_fen), 0)::bigint AS district_fen,
               coalesce(sum(unit_fen), 0)::bigint AS unit_fen FROM lines l WHERE {WHERE}""",  # noqa: S608
        *wanted.values(),
    )
    assert row is not None
    return row


async def superiors(connection: Connection, wanted: Wanted) -> "list[asyncpg.Record]":
    """The reviewing unions of a list's lines, for the filter 上级工会, by name."""
    return await connection.fetch(
        f"""SELECT DISTINCT c.name, c.union_id FROM lines l, unnest(l.chain, l.chain_names) AS c(union_id, name)
            WHERE {WHERE} ORDER BY c.name, c.union_id""",  # noqa: S608
        *wanted.values(),
    )


async def plans(connection: Connection, wanted: Wanted) -> "list[asyncpg.Record]":
    """The plans of a list's lines, for the filter 保障类型."""
    return await connection.fetch(
        f"SELECT plan, max(plan_name) AS plan_name FROM lines l WHERE {WHERE} GROUP BY plan ORDER BY plan",  # noqa: S608
        *wanted.values(),
    )
