"""A reviewing union's lists 待审批 and 待提交, and the list of all lines with this union in their chain (F213–F233)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.normalization import bare_code_key, text_key
from chassis.sql import Connection, Statement, contains
from chassis.validation import DayRange
from chassis.web import Order, PageRequest, within
from review_svc.store.sums import LINE_SUMS, SUMMED_LINES

ALL = "all"

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
#: The conditions that need only columns of the table `line_sums`, which stores sums of lines (`store/sums.py`).
SUMMED = """
    l.state <> 'arriving' AND (:reviewer_id::uuid IS NULL OR l.reviewer_id = :reviewer_id)
    AND (:state::text IS NULL OR l.state = :state)
    AND (:in_chain::uuid IS NULL OR l.chain @> ARRAY[:in_chain::uuid])
    AND (:channel::text IS NULL OR l.channel = :channel)
    AND (:menu::text IS NULL OR l.enrollment_type = :menu)
    AND (:enrollment_type::text IS NULL OR l.enrollment_type = :enrollment_type)
    AND (:plan::text IS NULL OR l.plan = :plan)"""
FILTER = Statement(
    """{summed}
    AND (:unit_pattern::text IS NULL OR l.unit_name_key LIKE :unit_pattern)
    AND (:code::text IS NULL OR l.credit_code = :code OR replace(l.organization_code, '-', '') = :code
         OR substr(l.credit_code, 9, 9) = :code
         OR (l.credit_code IS NULL AND replace(l.organization_code, '-', '') = substr(:code, 9, 9)))
    AND (:submitted_from::timestamptz IS NULL OR l.submitted_at >= :submitted_from)
    AND (:submitted_before::timestamptz IS NULL OR l.submitted_at < :submitted_before)
    AND (:superior::uuid IS NULL OR :superior = ANY(l.chain)
         OR l.union_id = ANY (ARRAY(SELECT node_id FROM scope_nodes WHERE path @> ARRAY[:superior::uuid])))
    AND (:flagged::boolean IS NULL OR (l.flagged > 0) = :flagged)
    AND {within}""",
    summed=SUMMED,
    within=within("l.union_id"),
)
#: All columns of the lines, and two more columns for files: `total_fen` and `reviewer`.
SHOWN = "l.*, l.city_fen + l.district_fen + l.unit_fen AS total_fen, l.chain_names[l.step + 1] AS reviewer"
LIST = Statement(
    "SELECT {shown} FROM lines AS l WHERE {filter} ORDER BY {order}", shown=SHOWN, filter=FILTER, order=ORDER
)
#: The statement first sorts only the ids of the lines, and then reads all columns of the lines of one page. The last
#: `OFFSET 0` keeps PostgreSQL from planning a join.
PAGE = """
    SELECT {shown} FROM (SELECT l.line_id FROM {lines} ORDER BY {order} LIMIT :limit OFFSET :offset) AS page
    CROSS JOIN LATERAL (SELECT * FROM lines WHERE line_id = page.line_id OFFSET 0) AS l ORDER BY {order}"""
#: Reads the lines of the whole city in the order of an index, until the page is full.
PAGE_OF_CITY = Statement(PAGE, shown=SHOWN, lines=Statement("lines AS l WHERE {filter}", filter=FILTER), order=ORDER)
#: Finds all lines of the reviewing union before it sorts them. Without the inner `OFFSET 0`, PostgreSQL could read the
#: lines of the whole city in the order of an index, because it expects to find enough lines of this union for one page
#: soon.
PAGE_OF_REVIEWER = Statement(
    PAGE, shown=SHOWN, lines=Statement("(SELECT * FROM lines AS l WHERE {filter} OFFSET 0) AS l", filter=FILTER),
    order=ORDER,
)  # fmt: skip


#: `is_summed` of a filter → the table that counts and totals of a list read: the sums of lines, or the lines.
SOURCES: dict[bool, dict[str, Any]] = {
    True: {"lines": LINE_SUMS.table, "filter": SUMMED},
    False: {"lines": SUMMED_LINES, "filter": FILTER},
}
COUNT = {
    is_summed: Statement(
        "SELECT coalesce(sum(l.lines), 0)::bigint FROM {lines} AS l WHERE {filter}",
        **source,
    )
    for is_summed, source in SOURCES.items()
}
TOTALS = {
    is_summed: Statement(
        """SELECT coalesce(sum(lines), 0)::bigint AS lines, coalesce(sum(heads), 0)::bigint AS heads,
              coalesce(sum(heads) FILTER (WHERE channel = 'service_card'), 0)::bigint AS service_card,
              coalesce(sum(heads) FILTER (WHERE channel = 'social_security_card'), 0)::bigint AS social_security_card,
              coalesce(sum(city_fen), 0)::bigint AS city_fen, coalesce(sum(district_fen), 0)::bigint AS district_fen,
              coalesce(sum(unit_fen), 0)::bigint AS unit_fen
       FROM {lines} AS l WHERE {filter}""",
        **source,
    )
    for is_summed, source in SOURCES.items()
}
SUPERIORS = {
    is_summed: Statement(
        """SELECT DISTINCT c.name, c.union_id
       FROM (SELECT chain, chain_names FROM {lines} AS l WHERE {filter}
             GROUP BY chain, chain_names HAVING sum(l.lines) > 0) AS l,
            unnest(l.chain, l.chain_names) AS c (union_id, name)
       ORDER BY c.name, c.union_id""",
        **source,
    )
    for is_summed, source in SOURCES.items()
}
PLANS = {
    is_summed: Statement(
        """SELECT plan, max(plan_name) AS plan_name
       FROM (SELECT plan, plan_name FROM {lines} AS l WHERE {filter}
             GROUP BY plan, plan_name HAVING sum(l.lines) > 0) AS l
       GROUP BY plan ORDER BY plan""",
        **source,
    )
    for is_summed, source in SOURCES.items()
}


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Says which list of which reviewing union is read, and with which filters. None = no restriction.

    `listed`: pending, staged or all. If `union_id` is None: the lists of every union (A61). `menu`: the enrollment type
    of the page that shows the list (F209). `superior`: only lines that have this union in their chain, or that a union
    in the subtree of `superior` submitted (F217).
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
    #: Only lines of this union's subtree. None = the whole city.
    scope_id: UUID | None = None

    @property
    def is_summed(self) -> bool:
        """Whether the totals of the list can be read from `line_sums`: no filter needs a column that it lacks."""
        others = (self.unit_name, self.organization_code, self.superior, self.flagged, self.scope_id)
        return self.submitted == DayRange() and all(one is None for one in others)

    @property
    def is_of_city(self) -> bool:
        return self.union_id is None and self.scope_id is None

    @property
    def reviewer_id(self) -> UUID | None:
        """Restricts 待审批 and 待提交 to the lines that the union reviews now."""
        return None if self.listed == ALL else self.union_id

    @property
    def state(self) -> str | None:
        return None if self.listed == ALL else self.listed

    @property
    def in_chain(self) -> UUID | None:
        """Restricts the list of all lines to the lines that the union reviews at any step."""
        return self.union_id if self.listed == ALL else None

    @property
    def unit_pattern(self) -> str | None:
        return contains(text_key(self.unit_name or ""))

    @property
    def code(self) -> str | None:
        return bare_code_key(self.organization_code or "") or None

    @property
    def submitted_from(self) -> datetime | None:
        return self.submitted.start

    @property
    def submitted_before(self) -> datetime | None:
        return self.submitted.end


async def page_of_lines(connection: Connection, line_filter: LineFilter, page: PageRequest) -> tuple[int, list[Record]]:
    """The number of lines in the list, and one page of them, in the order of `page`."""
    total: int = await COUNT[line_filter.is_summed].fetchval(connection, line_filter)
    ORDER.by(page)  # an unknown column is refused even if the page is empty
    if total <= page.offset:
        return total, []
    statement = PAGE_OF_CITY if line_filter.is_of_city else PAGE_OF_REVIEWER
    return total, await statement.fetch(connection, line_filter, page, order=page)


def every_line(connection: Connection, line_filter: LineFilter, page: PageRequest) -> AsyncIterator[list[Record]]:
    """The whole list for a file, in the order of `page`. Yields several rows at a time."""
    return LIST.batches(connection, line_filter, order=page)


async def totals(connection: Connection, line_filter: LineFilter) -> Record:
    """The heads by channel and the money of the whole list."""
    [row] = await TOTALS[line_filter.is_summed].fetch(connection, line_filter)
    return row


async def superiors(connection: Connection, line_filter: LineFilter) -> list[Record]:
    """The reviewing unions in the chains of the list's lines, sorted by name, for the filter 上级工会."""
    return await SUPERIORS[line_filter.is_summed].fetch(connection, line_filter)


async def plans(connection: Connection, line_filter: LineFilter) -> list[Record]:
    """The plans of the list's lines, for the filter 保障类型."""
    return await PLANS[line_filter.is_summed].fetch(connection, line_filter)
