"""The two lists of a reviewer, their filters and totals (F213–F233)."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.paging import PageRequest

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]

#: Both ends of a date range are inclusive calendar days in Shanghai (F052).
WHERE = """
    ($1::uuid IS NULL OR l.reviewer_id = $1) AND l.state = $2
    AND ($3::text IS NULL OR l.unit_name ILIKE '%' || $3 || '%')
    AND ($4::text IS NULL OR replace(l.organization_code, '-', '') = $4 OR l.credit_code = $4
         OR substr(l.credit_code, 9, 9) = $4)
    AND ($5::date IS NULL OR l.submitted_at >= $5::date::timestamp AT TIME ZONE 'Asia/Shanghai')
    AND ($6::date IS NULL OR l.submitted_at < ($6::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
    AND ($7::uuid IS NULL OR $7 = ANY(l.chain)
         OR l.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$7::uuid]))
    AND ($8::text IS NULL OR l.channel = $8)
    AND ($9::text IS NULL OR l.enrollment_type = $9)
    AND ($10::text IS NULL OR l.plan = $10)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of a list; None = 全部, and as reviewer every union's list. `superior` takes in its subtree (F217)."""

    reviewer_id: UUID | None
    state: str
    unit_name: str | None = None
    organization_code: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    superior: UUID | None = None
    channel: str | None = None
    enrollment_type: str | None = None
    plan: str | None = None

    def values(self) -> tuple[Any, ...]:
        escaped = None
        if self.unit_name:
            escaped = self.unit_name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        code = self.organization_code.replace("-", "").upper() if self.organization_code else None
        return (
            *(self.reviewer_id, self.state, escaped, code, self.from_on, self.to_on),
            *(self.superior, self.channel, self.enrollment_type, self.plan),
        )


async def page_of_lines(
    connection: "Connection", wanted: Wanted, page: PageRequest
) -> "tuple[int, list[asyncpg.Record]]":
    """A page of the list, newest first, and how many lines it has."""
    total = await connection.fetchval(f"SELECT count(*) FROM lines l WHERE {WHERE}", *wanted.values())  # noqa: S608
    rows = await connection.fetch(
        f"SELECT * FROM lines l WHERE {WHERE} ORDER BY l.submitted_at DESC, l.line_id LIMIT $11 OFFSET $12",  # noqa: S608
        *wanted.values(),
        page.limit,
        page.offset,
    )
    return total, rows


async def totals(connection: "Connection", wanted: Wanted) -> "asyncpg.Record":
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


async def lines_of_union(connection: "Connection", union_id: UUID, year: int | None) -> "list[asyncpg.Record]":
    """Every line of a union and year, with its people counted one by one from the store."""
    return await connection.fetch(
        """SELECT l.*, (SELECT count(*) FROM line_people p WHERE p.line_id = l.line_id AND p.state = 'in') AS people
           FROM lines l WHERE l.union_id = $1 AND ($2::integer IS NULL OR l.year = $2)
           ORDER BY l.submitted_at, l.line_id""",
        union_id,
        year,
    )
