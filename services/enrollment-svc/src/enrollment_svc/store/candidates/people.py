"""Candidates as lists show them: of one union and one protection year, without people who are enrolled."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import Order, PageRequest
from enrollment_svc.store.candidates.current import CANDIDATES, CANDIDATES_OF_UNION

NO_VALUE = "-"

STATUS_COLUMNS = ("card_status", "card_checked_at", "employment_status", "employment_checked_at")
ORDER = Order(
    {name: name for name in ("member_no", "document_type", "tag", *STATUS_COLUMNS)},
    default="member_no",
    tie="member_id",
)


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Filters of a list; None = no restriction. The status "-" selects people without a status.

    `past_due_at`: only people whose due time is before this instant, and whose card was checked and is not 正常.
    """

    union_id: UUID
    year: int
    standing: str | None = None
    channel: str | None = None
    card_status: str | None = None
    name_keys: list[str] | None = None
    person_keys: list[str] | None = None
    member_no: str | None = None
    to_confirm: bool | None = None
    confirmed: bool | None = None
    employment_status: str | None = None
    unit_id: UUID | None = None
    past_due_at: datetime | None = None

    def number_alone(self) -> "PeopleFilter":
        """A filter by the document number only, in the same union and year."""
        return PeopleFilter(self.union_id, self.year, person_keys=self.person_keys)

    def name_alone(self) -> "PeopleFilter":
        """A filter by the name only, in the same union and year."""
        return PeopleFilter(self.union_id, self.year, name_keys=self.name_keys)


#: Facts about a candidate `c` in :year. `stands`: the standing in the year. It depends on whether the candidate is
#: confirmed for the year. `enrolled`: True if the person has a live enrollment of the year anywhere in the city. Such a
#: person is in no list, as a member of whatever unit (F093, A35, A59). Use `enrolled` only in statements about few
#: people. OFFSET 0 keeps PostgreSQL from turning the lookup into a join. When the tables had no statistics yet, the
#: join read the index of the whole year once for each person.
IN_YEAR = {
    "confirmed": ":year::int = ANY (c.confirmed_years)",
    "stands": "CASE WHEN {confirmed} THEN c.standing_confirmed ELSE c.standing END",
    "enrolled": """EXISTS (SELECT FROM enrollments AS e
                           WHERE e.person_key = c.person_key AND e.year = :year AND e.state = 'held' OFFSET 0)""",
}
#: A candidate with `confirmed` and `stands`. `changed`: True if the employment registry's answer has changed since the
#: confirmation (A43).
CURRENT = Statement(
    """SELECT c.*, {confirmed} AS confirmed, {stands} AS stands,
              ({confirmed} AND c.to_confirm AND c.employment_raw IS DISTINCT FROM c.confirmed_raw) AS changed
       FROM {candidates}""",
    candidates=CANDIDATES_OF_UNION,
    confirmed=IN_YEAR["confirmed"],
    stands=IN_YEAR["stands"],
)
#: The condition on :past_due_at selects people whose due time is before :past_due_at, and whose card was checked but is
#: not 正常. These people should get a service card (F119, F121).
FILTER = """
    (:standing::text IS NULL OR stands = :standing) AND (:channel::text IS NULL OR channel = :channel)
    AND (:card_status::text IS NULL OR card_status IS NOT DISTINCT FROM nullif(:card_status, '-'))
    AND (:name_keys::text[] IS NULL OR name_key = ANY (:name_keys))
    AND (:person_keys::text[] IS NULL OR person_key = ANY (:person_keys))
    AND (:member_no::text IS NULL OR member_no = :member_no)
    AND (:to_confirm::boolean IS NULL OR to_confirm = :to_confirm)
    AND (:confirmed::boolean IS NULL OR confirmed = :confirmed)
    AND (:employment_status::text IS NULL
         OR employment_status IS NOT DISTINCT FROM nullif(:employment_status, '-'))
    AND (:unit_id::uuid IS NULL OR unit_id = :unit_id)
    AND (:past_due_at::timestamptz IS NULL
         OR (channel = 'social_security_card' AND stands = 'to_verify' AND card_checked_at IS NOT NULL
             AND card_status IS DISTINCT FROM 'normal' AND promised_at < :past_due_at))"""
TO_CONFIRM = "to_confirm AND NOT confirmed"
CHOSEN = "(:member_ids::uuid[] IS NULL OR member_id = ANY (:member_ids))"


#: WITH {listed}: the candidates of the union who are not removed and not enrolled in the year, as `listed`.
#: `columns`: the columns that the statement needs besides `person_key`. `conditions`: SQL conditions on the columns of
#: CURRENT. First the union's own lines show whom the union has submitted, so that the statuses of these people are not
#: read. All other candidates of the union that meet the conditions are read once. One search in the index of
#: `person_key` and year finds the people among them who are enrolled through another union. For 20,000 people this
#: search takes much longer than reading the own lines. All results are MATERIALIZED. For NOT IN, PostgreSQL puts the
#: rows of the subquery into a hash table and looks up each candidate in this table. With a join, the time would depend
#: on the planner's statistics.
LISTED = """
    own AS MATERIALIZED (
        SELECT person_key FROM enrollments
        WHERE line_id = ANY (ARRAY(SELECT line_id FROM lines WHERE union_id = :union_id AND year = :year))
              AND state = 'held'),
    matching AS MATERIALIZED (
        SELECT person_key, {columns} FROM ({current}) AS p
        WHERE union_id = :union_id AND removed_at IS NULL AND person_key NOT IN (SELECT person_key FROM own)
              AND {conditions}),
    enrolled AS MATERIALIZED (
        SELECT e.person_key FROM enrollments AS e
        WHERE e.person_key = ANY (ARRAY(SELECT person_key FROM matching)) AND e.year = :year AND e.state = 'held'),
    listed AS (SELECT * FROM matching WHERE person_key NOT IN (SELECT person_key FROM enrolled))"""
#: All columns of the listed people. The people are read one by one: OFFSET 0 keeps PostgreSQL from planning a join.
ALL_COLUMNS = Statement("LATERAL ({current} WHERE c.member_id = p.member_id OFFSET 0) AS c", current=CURRENT)

COUNT = Statement(
    "WITH {listed} SELECT count(*) FROM listed", listed=LISTED, current=CURRENT, columns="member_id", conditions=FILTER
)
#: Counts and sorts rows that have only the few columns of `columns`. Then reads all columns for the people of one page.
#: If the page is empty, the result is one row whose `member_id` is null.
PAGE = Statement(
    """WITH {listed}
       SELECT counted.total, c.* FROM (SELECT count(*) AS total FROM listed) AS counted
       LEFT JOIN (SELECT * FROM listed ORDER BY {order} LIMIT :limit OFFSET :offset) AS p ON true
       LEFT JOIN {all_columns} ON true ORDER BY {order}""",
    listed=LISTED,
    current=CURRENT,
    columns=", ".join(("member_id", *ORDER.names)),
    conditions=FILTER,
    all_columns=ALL_COLUMNS,
    order=ORDER,
)
BY_NUMBER = Statement(
    "WITH {listed} SELECT c.* FROM listed AS p CROSS JOIN {all_columns} ORDER BY p.member_no, p.member_id",
    listed=LISTED,
    current=CURRENT,
    columns="member_id, member_no",
    conditions=FILTER,
    all_columns=ALL_COLUMNS,
)
IDS = Statement(
    "WITH {listed} SELECT member_id FROM listed ORDER BY member_no, member_id",
    listed=LISTED,
    current=CURRENT,
    columns="member_id, member_no",
    conditions=FILTER,
)
WAITING = Statement(
    "WITH {listed} SELECT member_id, document_type, sealed FROM listed",
    listed=LISTED,
    current=CURRENT,
    columns="member_id, document_type, sealed",
    conditions=f"{FILTER} AND {TO_CONFIRM}",
)
TO_CHECK = Statement(
    """WITH {listed}
       SELECT member_id, unit_id, document_type, channel, sealed FROM listed
       ORDER BY unit_id, least(employment_checked_at, card_checked_at) NULLS FIRST, member_no""",
    listed=LISTED,
    current=CURRENT,
    columns="member_id, unit_id, document_type, channel, sealed, employment_checked_at, card_checked_at, member_no",
    conditions=f"{FILTER} AND {CHOSEN}",
)
CONFIRM = Statement(
    """WITH {listed},
       locked AS (
           SELECT member_id FROM candidates AS c
           WHERE union_id = :union_id AND person_key IN (SELECT person_key FROM listed) AND NOT ({confirmed})
                 AND removed_at IS NULL
           ORDER BY person_key, member_id FOR UPDATE)
       UPDATE candidates AS u SET confirmed_years = u.confirmed_years || :year::int, confirmed_raw = c.employment_raw,
              confirmed_at = :at, confirmed_by = :by
       FROM {candidates} JOIN locked AS l ON l.member_id = c.member_id
       WHERE u.member_id = l.member_id
       RETURNING u.member_id, u.unit_id, c.standing_confirmed""",
    listed=LISTED,
    current=CURRENT,
    columns="member_id",
    conditions=f"{FILTER} AND {TO_CONFIRM} AND {CHOSEN}",
    candidates=CANDIDATES,
    confirmed=IN_YEAR["confirmed"],
)
#: PostgreSQL makes a hash table for each subquery after IN or NOT IN, and looks up each `id` in this table.
NOT_CONFIRMED = Statement(
    """WITH {listed}
       SELECT CASE WHEN id NOT IN (SELECT member_id FROM listed) THEN 'enrolled'
                   WHEN id IN (SELECT member_id FROM listed WHERE confirmed) THEN 'already_confirmed'
                   WHEN id IN (SELECT member_id FROM listed WHERE NOT to_confirm) THEN 'not_to_confirm'
                   ELSE 'filtered' END AS why, count(*) AS people
       FROM unnest(:member_ids::uuid[]) AS id WHERE id <> ALL (:confirmed_now) GROUP BY 1 ORDER BY 1""",
    listed=LISTED,
    current=CURRENT,
    columns="member_id, confirmed, to_confirm",
    conditions="member_id = ANY (:member_ids)",
)
FIND = Statement(
    """SELECT c.*, {confirmed} AS confirmed, {stands} AS stands, {enrolled} AS enrolled,
              (SELECT l.state FROM enrollments AS e JOIN lines AS l ON l.line_id = e.line_id
               WHERE e.person_key = c.person_key AND e.year = :year AND e.state = 'held'
                     AND e.member_id = c.member_id) AS line_state
       FROM {candidates} WHERE c.member_id = :member_id""",
    candidates=CANDIDATES,
    **IN_YEAR,
)
COUNTS = Statement(
    """WITH {listed}
       SELECT channel, count(*) FILTER (WHERE stands = 'ready')::int AS ready,
              count(*) FILTER (WHERE stands = 'to_verify')::int AS to_verify,
              count(*) FILTER (WHERE stands = 'excluded_retired')::int AS retired,
              count(*) FILTER (WHERE stands = 'excluded_deceased')::int AS deceased,
              count(*) FILTER (WHERE stands = 'no_channel')::int AS no_channel,
              count(*) FILTER (WHERE to_confirm AND NOT confirmed)::int AS to_confirm,
              count(*) FILTER (WHERE stands = 'ready' AND changed)::int AS changed_after_confirmation
       FROM listed GROUP BY channel""",
    listed=LISTED,
    current=CURRENT,
    columns="channel, stands, to_confirm, confirmed, changed",
    conditions="true",
)
COUNT_MEMBERS = Statement(
    """SELECT count(*) FROM candidates
       WHERE union_id = :union_id AND member_id = ANY (:member_ids) AND removed_at IS NULL"""
)


async def count(connection: Connection, people_filter: PeopleFilter) -> int:
    """How many people match the filter. This is the number over all pages of the list."""
    return int(await COUNT.fetchval(connection, people_filter))


async def page(connection: Connection, people_filter: PeopleFilter, page: PageRequest) -> tuple[int, list[Record]]:
    """The number of people in a list, and one page of these people. The page is sorted by member number unless the
    request sorts otherwise.
    """
    rows = await PAGE.fetch(connection, people_filter, page, order=page)
    return rows[0]["total"], [row for row in rows if row["member_id"]]


def batches(connection: Connection, people_filter: PeopleFilter) -> AsyncIterator[list[Record]]:
    """A whole list, sorted by member number, some rows at a time. The caller writes it to a file."""
    return BY_NUMBER.batches(connection, people_filter)


async def ids(connection: Connection, people_filter: PeopleFilter) -> list[UUID]:
    """The member ids of all people in a list, sorted by member number."""
    return [row["member_id"] for row in await IDS.fetch(connection, people_filter)]


async def find(connection: Connection, member_id: UUID, year: int) -> Record | None:
    """A candidate, even one who is removed or enrolled. `line_state`: the state of the line in which this member id has
    a live enrollment.
    """
    return await FIND.fetchrow(connection, member_id=member_id, year=year)


async def counts(connection: Connection, union_id: UUID, year: int) -> list[Record]:
    """The counts in the header of the screen, one row for each channel (F136–F140, A40). The people who are counted in
    `to_confirm` are also counted in `to_verify`.
    """
    return await COUNTS.fetch(connection, union_id=union_id, year=year)


async def confirm(
    connection: Connection, people_filter: PeopleFilter, member_ids: list[UUID] | None, at: datetime, by: str
) -> list[Record]:
    """Confirm the people of a list who wait for a confirmation (F159, F160).

    A union confirms the person, not the membership in one unit. So the person is confirmed in all units of the union
    (A43). Returns each confirmed member id with its unit and its new standing.
    """
    return await CONFIRM.fetch(connection, people_filter, member_ids=member_ids, at=at, by=by)


async def not_confirmed(
    connection: Connection, people_filter: PeopleFilter, member_ids: list[UUID], confirmed_now: list[UUID]
) -> dict[str, int]:
    """How many of the chosen members were not confirmed by this request, for each reason. `confirmed_now`: the members
    whom this request confirmed.

    The reasons are already_confirmed, not_to_confirm, enrolled and filtered. `filtered` means that the member does not
    match the filters of the list, and none of the first three reasons applies.
    """
    rows = await NOT_CONFIRMED.fetch(connection, people_filter, member_ids=member_ids, confirmed_now=confirmed_now)
    return {row["why"]: row["people"] for row in rows}


def waiting(connection: Connection, people_filter: PeopleFilter) -> AsyncIterator[list[Record]]:
    """The people of a list who wait for a confirmation, some at a time.

    Each row has the encrypted document number, because the caller reads the birth date from it (A20).
    """
    return WAITING.batches(connection, people_filter)


async def count_members(connection: Connection, union_id: UUID, member_ids: list[UUID]) -> int:
    """How many of these ids are members of this union."""
    return int(await COUNT_MEMBERS.fetchval(connection, union_id=union_id, member_ids=member_ids))


async def to_check(connection: Connection, people_filter: PeopleFilter, member_ids: list[UUID] | None) -> list[Record]:
    """The people for a check, sorted by unit (F098, A44).

    Within a unit, people who were never checked come first. Then come the people who were checked, the oldest check
    first.
    """
    return await TO_CHECK.fetch(connection, people_filter, member_ids=member_ids)
