"""Candidates as lists see them: of one union and one protection year, without those who are enrolled anywhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from chassis.web import Order, PageRequest

if TYPE_CHECKING:
    import asyncpg

NO_VALUE = "-"

#: A live enrollment anywhere in the city hides the person (F093, A35, A59). `c`: a candidate; $2: the year.
#: OFFSET 0 keeps it a probe per person: flattened to a join and planned before statistics existed, it read the whole
#: year's index once per person, and a header of 20,000 people took 50 s.
ENROLLED = """EXISTS (SELECT FROM enrollments e
                      WHERE e.person_key = c.person_key AND e.year = $2 AND e.state = 'held' OFFSET 0)"""
CONFIRMED = "$2::int = ANY (c.confirmed_years)"
#: Where the person stands in year $2, his confirmation counted.
STANDS = f"CASE WHEN {CONFIRMED} THEN c.standing_confirmed ELSE c.standing END"
#: Confirmed, and the employment registry has said something else since (A43).
CHANGED = f"({CONFIRMED} AND c.to_confirm AND c.employment_raw IS DISTINCT FROM c.confirmed_raw)"
#: The people of union $1 in year $2.
PEOPLE = f"""SELECT c.*, {CONFIRMED} AS confirmed, {STANDS} AS stands, {CHANGED} AS changed
             FROM candidates c WHERE c.union_id = $1 AND c.removed_at IS NULL AND NOT {ENROLLED}"""  # noqa: S608

#: The card fails and the check that asked was due before $13: the service card is the way (F119, F121).
_PAST_DUE = """(channel = 'social_security_card' AND stands = 'to_verify' AND card_checked_at IS NOT NULL
                AND card_status IS DISTINCT FROM 'normal' AND promised_at < $13)"""
_WANTED = f"""($3::text IS NULL OR stands = $3) AND ($4::text IS NULL OR channel = $4)
              AND ($5::text IS NULL OR card_status IS NOT DISTINCT FROM nullif($5, '-'))
              AND ($6::text[] IS NULL OR name_key = ANY ($6)) AND ($7::text[] IS NULL OR person_key = ANY ($7))
              AND ($8::text IS NULL OR member_no = $8) AND ($9::boolean IS NULL OR to_confirm = $9)
              AND ($10::boolean IS NULL OR confirmed = $10)
              AND ($11::text IS NULL OR employment_status IS NOT DISTINCT FROM nullif($11, '-'))
              AND ($12::uuid IS NULL OR unit_id = $12) AND ($13::timestamptz IS NULL OR {_PAST_DUE})"""

ORDER = Order(
    {
        "member_no": "member_no",
        "document_type": "document_type",
        "card_status": "card_status",
        "employment_status": "employment_status",
        "tag": "tag",
        "card_checked_at": "card_checked_at",
        "employment_checked_at": "employment_checked_at",
    },
    default="member_no",
    tie="member_id",
)
#: Rows of a file that are in memory at once.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class PeopleWanted:
    """Filters of a list; None = no restriction. A status "-" asks for those without one.

    `past_due_at`: only those who, at that instant, should take the service-card channel instead.
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

    def number_alone(self) -> "PeopleWanted":
        """The number in the same union and year, whatever else was asked."""
        return PeopleWanted(self.union_id, self.year, person_keys=self.person_keys)

    def name_alone(self) -> "PeopleWanted":
        """The name in the same union and year, whatever else was asked."""
        return PeopleWanted(self.union_id, self.year, name_keys=self.name_keys)

    def parameters(self) -> tuple[Any, ...]:
        return (
            self.union_id,
            self.year,
            self.standing,
            self.channel,
            self.card_status,
            self.name_keys,
            self.person_keys,
            self.member_no,
            self.to_confirm,
            self.confirmed,
            self.employment_status,
            self.unit_id,
            self.past_due_at,
        )


async def count(connection: Connection, wanted: PeopleWanted) -> int:
    """How many people a list holds over all its pages."""
    statement = f"SELECT count(*) FROM ({PEOPLE}) AS p WHERE {_WANTED}"  # noqa: S608
    total: int = await connection.fetchval(statement, *wanted.parameters())
    return total


async def page(connection: Connection, wanted: PeopleWanted, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of a list, by member number unless asked otherwise."""
    return await connection.fetch(
        f"SELECT * FROM ({PEOPLE}) AS p WHERE {_WANTED} ORDER BY {ORDER.by(page)} LIMIT $14 OFFSET $15",  # noqa: S608
        *wanted.parameters(),
        page.limit,
        page.offset,
    )


async def batches(connection: Connection, wanted: PeopleWanted) -> AsyncIterator[list["asyncpg.Record"]]:
    """A whole list by member number, a batch at a time, for a file."""
    after: tuple[str, UUID | None] = ("", None)
    while rows := await connection.fetch(
        f"""SELECT * FROM ({PEOPLE}) AS p WHERE {_WANTED} AND ($15::uuid IS NULL OR (member_no, member_id) > ($14, $15))
            ORDER BY member_no, member_id LIMIT {BATCH}""",  # noqa: S608
        *wanted.parameters(),
        *after,
    ):
        yield rows
        after = (rows[-1]["member_no"], rows[-1]["member_id"])


async def ids(connection: Connection, wanted: PeopleWanted) -> list[UUID]:
    """Everybody of a list, by member number."""
    rows = await connection.fetch(
        f"SELECT member_id FROM ({PEOPLE}) AS p WHERE {_WANTED} ORDER BY member_no, member_id",  # noqa: S608
        *wanted.parameters(),
    )
    return [row["member_id"] for row in rows]


async def find(connection: Connection, member_id: UUID, year: int) -> "asyncpg.Record | None":
    """One candidate, removed and enrolled ones included; `line_state` is that of the membership's own live line."""
    return await connection.fetchrow(
        f"""SELECT c.*, {CONFIRMED} AS confirmed, {STANDS} AS stands, {ENROLLED} AS enrolled,
                   (SELECT l.state FROM enrollments e JOIN lines l ON l.line_id = e.line_id
                    WHERE e.person_key = c.person_key AND e.year = $2 AND e.state = 'held'
                          AND e.member_id = c.member_id) AS line_state
            FROM candidates c WHERE c.member_id = $1""",  # noqa: S608
        member_id,
        year,
    )


async def counts(connection: Connection, union_id: UUID, year: int) -> list["asyncpg.Record"]:
    """The header's counts per channel (F136–F140, A40); `to_confirm` is "of which", never added."""
    return await connection.fetch(
        f"""SELECT channel, count(*) FILTER (WHERE stands = 'ready')::int AS ready,
                   count(*) FILTER (WHERE stands = 'to_verify')::int AS to_verify,
                   count(*) FILTER (WHERE stands = 'excluded_retired')::int AS retired,
                   count(*) FILTER (WHERE stands = 'excluded_deceased')::int AS deceased,
                   count(*) FILTER (WHERE stands = 'no_channel')::int AS no_channel,
                   count(*) FILTER (WHERE to_confirm AND NOT confirmed)::int AS to_confirm,
                   count(*) FILTER (WHERE stands = 'ready' AND changed)::int AS changed_after_confirmation
            FROM ({PEOPLE}) AS p GROUP BY channel""",  # noqa: S608
        union_id,
        year,
    )


async def confirm(
    connection: Connection, wanted: PeopleWanted, member_ids: list[UUID] | None, at: datetime, by: str
) -> list["asyncpg.Record"]:
    """Confirm those of a list who wait for it; returns whom, with unit and where they stand now (F159, F160).

    A confirmation is of the person by the union: all his memberships in it are confirmed (A43).
    """
    return await connection.fetch(
        f"""WITH waiting AS (
                SELECT person_key FROM ({PEOPLE}) AS p
                WHERE to_confirm AND NOT confirmed AND {_WANTED} AND ($14::uuid[] IS NULL OR member_id = ANY ($14))),
            locked AS (
                SELECT member_id FROM candidates c
                WHERE union_id = $1 AND person_key IN (SELECT person_key FROM waiting) AND NOT ({CONFIRMED})
                      AND removed_at IS NULL
                ORDER BY person_key, member_id FOR UPDATE)
            UPDATE candidates c SET confirmed_years = confirmed_years || $2::int, confirmed_raw = employment_raw,
                   confirmed_at = $15, confirmed_by = $16
            FROM locked l WHERE c.member_id = l.member_id
            RETURNING c.member_id, c.unit_id, c.standing_confirmed""",  # noqa: S608
        *wanted.parameters(),
        member_ids,
        at,
        by,
    )


async def not_confirmed(
    connection: Connection, wanted: PeopleWanted, member_ids: list[UUID], confirmed_now: list[UUID]
) -> dict[str, int]:
    """How many of the chosen were not confirmed now, by why: already_confirmed, not_to_confirm, filtered, enrolled."""
    rows = await connection.fetch(
        f"""SELECT CASE WHEN p.member_id IS NULL THEN 'enrolled' WHEN p.confirmed THEN 'already_confirmed'
                        WHEN NOT p.to_confirm THEN 'not_to_confirm' ELSE 'filtered' END AS why, count(*) AS people
            FROM unnest($3::uuid[]) AS chosen (id) LEFT JOIN ({PEOPLE}) AS p ON p.member_id = chosen.id
            WHERE chosen.id <> ALL ($4) GROUP BY 1 ORDER BY 1""",  # noqa: S608
        wanted.union_id,
        wanted.year,
        member_ids,
        confirmed_now,
    )
    return {row["why"]: row["people"] for row in rows}


async def waiting(connection: Connection, wanted: PeopleWanted) -> AsyncIterator[list["asyncpg.Record"]]:
    """Those of a list who wait for a confirmation, a batch at a time, with what their age is read from (A20)."""
    after = UUID(int=0)
    while rows := await connection.fetch(
        f"""SELECT member_id, document_type, sealed FROM ({PEOPLE}) AS p
            WHERE to_confirm AND NOT confirmed AND {_WANTED} AND member_id > $14
            ORDER BY member_id LIMIT {BATCH}""",  # noqa: S608
        *wanted.parameters(),
        after,
    ):
        yield rows
        after = rows[-1]["member_id"]


async def known(connection: Connection, union_id: UUID, member_ids: list[UUID]) -> int:
    """How many of these members are of this union."""
    total: int = await connection.fetchval(
        """SELECT count(*) FROM candidates
           WHERE union_id = $1 AND member_id = ANY ($2) AND removed_at IS NULL""",
        union_id,
        member_ids,
    )
    return total


async def to_check(
    connection: Connection, wanted: PeopleWanted, member_ids: list[UUID] | None
) -> list["asyncpg.Record"]:
    """Whom a check asks about, never-asked people first, then the longest unasked (F098, A44)."""
    return await connection.fetch(
        f"""SELECT member_id, unit_id, document_type, channel, sealed FROM ({PEOPLE}) AS p
            WHERE {_WANTED} AND ($14::uuid[] IS NULL OR member_id = ANY ($14))
            ORDER BY unit_id, least(employment_checked_at, card_checked_at) NULLS FIRST, member_no""",  # noqa: S608
        *wanted.parameters(),
        member_ids,
    )
