"""Finds enrollments, by person or by year, of a union and of all unions below it (F035)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import Order, PageRequest, within
from enrollment_svc.store.batches.line_sums import LINE_SUMS

#: PAGE finds a page by adding up the numbers of people that the lines store, so that not all seven million enrollments
#: are read. Therefore the list can be sorted only by columns of the line.
ORDER = Order(
    {"submitted_at": "l.submitted_at", "year": "l.year", "batch_no": "l.batch_no", "start_on": "l.start_on"},
    default="-submitted_at",
    tie="l.line_id",
)


@dataclass(frozen=True, slots=True)
class EnrollmentFilter:
    """Filters; None = no restriction. `person_keys`: the keys of the people with the requested document number or
    member number.
    """

    union_id: UUID | None
    year: int | None = None
    channel: str | None = None
    batch_no: str | None = None
    state: str | None = None
    member_no: str | None = None
    person_keys: Sequence[str] | None = None

    @property
    def of_persons(self) -> bool:
        return self.person_keys is not None

    @property
    def is_summed(self) -> bool:
        """Whether `line_sums` has the numbers of these enrollments."""
        return all(one is None for one in (self.union_id, self.batch_no, self.member_no, self.person_keys))


#: The lines of the union :union_id and of all unions below it. If :union_id is null: all lines of the city.
LINES = Statement(
    """{within} AND (:year::int IS NULL OR l.year = :year) AND (:channel::text IS NULL OR l.channel = :channel)
       AND (:batch_no::text IS NULL OR starts_with(l.batch_no, :batch_no))""",
    within=within("l.union_id", "union_id"),
)
#: The value of `Enrolled` for an enrollment, from the state of the enrollment and the state of its line.
STATE = """CASE WHEN e.state <> 'held' THEN e.state WHEN l.state = 'completed' THEN 'enrolled'
                ELSE 'under_review' END"""
#: How many enrollments with the value :state of `Enrolled` a line has, computed from the counts that the line stores.
#: If :state is null: all enrollments of the line.
SIZE = """
    CASE WHEN :state::text IS NULL THEN l.submitted_heads
         WHEN :state = 'enrolled' AND l.state = 'completed' THEN l.heads
         WHEN :state = 'under_review' AND l.state = 'in_review' THEN l.heads
         WHEN :state = 'withdrawn' AND l.state = 'withdrawn' THEN l.submitted_heads
         WHEN :state = 'returned' AND l.state <> 'withdrawn' THEN l.submitted_heads - l.heads ELSE 0 END"""
ROW = Statement(
    """e.member_id, e.member_no, e.year, e.document_type, e.masked_name, e.masked_number, e.sealed, e.reason,
       l.batch_no, l.unit_name, l.channel, l.term, l.start_on, l.end_on, l.submitted_at, l.union_id,
       b.union_name, b.plan, b.plan_name, b.enrollment_type, {state} AS state""",
    state=STATE,
)
FILTER = Statement(
    """AS e JOIN lines AS l ON l.line_id = e.line_id JOIN batches AS b ON b.batch_no = l.batch_no
       WHERE {lines} AND (:state::text IS NULL OR {state} = :state)
             AND (:member_no::text IS NULL OR e.member_no = :member_no)
             AND (:person_keys::text[] IS NULL OR e.person_key = ANY (:person_keys))""",
    lines=LINES,
    state=STATE,
)
#: Enrollments of a few people. One index has the rows in the state `held`, and a second index has all other rows. So
#: there is one SELECT for each index.
OF_PERSONS = """(SELECT * FROM enrollments WHERE person_key = ANY (:person_keys) AND state = 'held'
                 UNION ALL SELECT * FROM enrollments WHERE person_key = ANY (:person_keys) AND state <> 'held')"""

PERSON_KEYS = Statement(
    "SELECT DISTINCT c.person_key FROM candidates AS c WHERE c.member_no = :member_no AND {within}",
    within=within("c.union_id", "union_id"),
)
COUNT = Statement("SELECT coalesce(sum({size}), 0)::bigint FROM lines AS l WHERE {lines}", size=SIZE, lines=LINES)
#: The same for the whole city. The sums of the lines have few rows, and the lines of all years have many.
COUNT_OF_CITY = Statement(
    """SELECT coalesce(sum({size}), 0)::bigint FROM {sums} AS l
       WHERE (:year::int IS NULL OR l.year = :year) AND (:channel::text IS NULL OR l.channel = :channel)""",
    size=SIZE,
    sums=LINE_SUMS.table,
)
COUNT_OF_PERSONS = Statement("SELECT count(*) FROM {persons} {filter}", persons=OF_PERSONS, filter=FILTER)
LIST = Statement("SELECT {row} FROM enrollments {filter}", row=ROW, filter=FILTER)
LIST_OF_PERSONS = Statement("SELECT {row} FROM {persons} {filter}", row=ROW, persons=OF_PERSONS, filter=FILTER)
#: Running sums of the sizes of the lines show which lines the page needs. Only the people of these lines are read. Each
#: line in the sums has at least one matching person, so the first 50 lines have at least 50 matching people. Therefore
#: only 50 lines are summed for a page that ends with the 50th person.
PAGE = Statement(
    """
    WITH placed AS (
        SELECT l.*, sum(size) OVER (ORDER BY {order}) AS upto
        FROM (SELECT l.*, {size} AS size FROM lines AS l WHERE {lines} AND {size} > 0
              ORDER BY {order} LIMIT :offset::bigint + :limit) AS l),
    near AS (SELECT * FROM placed WHERE upto > :offset AND upto - size < :offset::bigint + :limit)
    SELECT {row} FROM near AS l JOIN enrollments AS e ON e.line_id = l.line_id
    JOIN batches AS b ON b.batch_no = l.batch_no
    WHERE :state::text IS NULL OR {state} = :state
    ORDER BY {order}, e.member_id LIMIT :limit OFFSET :offset::bigint - (SELECT min(upto - size) FROM near)""",
    size=SIZE,
    order=ORDER,
    lines=LINES,
    row=ROW,
    state=STATE,
)
PAGE_OF_PERSONS = Statement(
    "{list} ORDER BY {order}, e.member_id LIMIT :limit OFFSET :offset", list=LIST_OF_PERSONS, order=ORDER
)
LATEST_FIRST = "{list} ORDER BY l.submitted_at DESC, l.line_id, e.member_id"
FILE = Statement(LATEST_FIRST, list=LIST)
FILE_OF_PERSONS = Statement(LATEST_FIRST, list=LIST_OF_PERSONS)


async def person_keys(connection: Connection, union_id: UUID | None, member_no: str) -> list[str]:
    """The person keys that belong to this member number, within the caller's reach."""
    rows = await PERSON_KEYS.fetch(connection, union_id=union_id, member_no=member_no)
    return [row["person_key"] for row in rows]


async def count(connection: Connection, enrollment_filter: EnrollmentFilter) -> int:
    """How many enrollments match. If the filter has no `person_keys`, the counts that the lines store are summed, and
    no enrollment is read.
    """
    return int(await _count_statement(enrollment_filter).fetchval(connection, enrollment_filter))


def _count_statement(enrollment_filter: EnrollmentFilter) -> Statement:
    if enrollment_filter.is_summed:
        return COUNT_OF_CITY
    return COUNT_OF_PERSONS if enrollment_filter.of_persons else COUNT


async def page(connection: Connection, enrollment_filter: EnrollmentFilter, page: PageRequest) -> list[Record]:
    """One page of the enrollments that match, the latest submission first unless the request sorts otherwise."""
    return await (PAGE_OF_PERSONS if enrollment_filter.of_persons else PAGE).fetch(
        connection, enrollment_filter, page, order=page
    )


def every(connection: Connection, enrollment_filter: EnrollmentFilter) -> AsyncIterator[list[Record]]:
    """All enrollments that match, the latest submission first, some at a time. The caller writes them to a file."""
    return (FILE_OF_PERSONS if enrollment_filter.of_persons else FILE).batches(connection, enrollment_filter)
