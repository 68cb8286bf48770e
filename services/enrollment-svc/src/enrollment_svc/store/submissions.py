"""One submission's rows: whom it takes, the city keys, the plan lock, the number."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.sql import Connection
from contracts.words import Channel, EnrollmentType, Term
from enrollment_svc.domain.batch_numbers import next_sequence
from enrollment_svc.domain.people import Person
from enrollment_svc.domain.placement import Standing
from enrollment_svc.domain.statuses import Statuses
from enrollment_svc.store.candidates import CARDS, DOCUMENTS, EMPLOYMENTS
from enrollment_svc.store.people import CONFIRMED, ENROLLED, STANDS

if TYPE_CHECKING:
    import asyncpg

_CHANNELS: dict[str | None, Channel | None] = {None: None, **{word.value: word for word in Channel}}
_STANDINGS: dict[str, Standing] = {word.value: word for word in Standing}

#: What decides about a candidate `c` in year $2, as `person_of` reads it.
PERSON_COLUMNS = f"""c.member_id, c.unit_id, c.document_type, c.channel, {STANDS} AS stands, c.to_confirm,
                     {CONFIRMED} AS confirmed, c.card_status, c.card_raw, c.card_checked_at, c.employment_status,
                     c.employment_raw, c.employment_checked_at, c.renamed_at, {ENROLLED} AS enrolled,
                     c.removed_at IS NOT NULL AS removed"""
_PERSON = f"""SELECT {PERSON_COLUMNS}, c.member_no, c.masked_name, c.masked_number
              FROM candidates c WHERE c.union_id = $1"""  # noqa: S608
_LOCK = {True: "FOR UPDATE OF c", False: ""}


@dataclass(frozen=True, slots=True)
class Before:
    """A person's last returned enrollment of the year."""

    batch_no: str
    round: int
    term: Term


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a submission."""

    member_id: UUID
    line_id: UUID
    round: int


def person_of(row: "Mapping[str, Any] | asyncpg.Record") -> Person:
    """A row of `_PERSON`, or one that has its columns."""
    return Person(
        member_id=row["member_id"],
        unit_id=row["unit_id"],
        document_type=DOCUMENTS[row["document_type"]],
        channel=_CHANNELS[row["channel"]],
        standing=_STANDINGS[row["stands"]],
        to_confirm=row["to_confirm"],
        confirmed=row["confirmed"],
        statuses=Statuses(
            CARDS[row["card_status"]],
            row["card_raw"],
            row["card_checked_at"],
            EMPLOYMENTS[row["employment_status"]],
            row["employment_raw"],
            row["employment_checked_at"],
        ),
        renamed_at=row["renamed_at"],
        enrolled=row["enrolled"],
        removed=row["removed"],
    )


async def lock_plan(connection: Connection, union_id: UUID, year: int, plan: str) -> str:
    """The plan of a union and year, taken by the first who asks; submissions of both wait here for one another."""
    held: str = await connection.fetchval(
        """INSERT INTO plan_locks AS l (union_id, year, plan) VALUES ($1, $2, $3)
           ON CONFLICT (union_id, year) DO UPDATE SET plan = l.plan RETURNING plan""",
        union_id,
        year,
        plan,
    )
    return held


async def locked_plan(connection: Connection, union_id: UUID, year: int) -> str | None:
    """The union's plan of a year while a live enrollment holds it (A10, A49)."""
    plan: str | None = await connection.fetchval(
        """SELECT plan FROM plan_locks p WHERE union_id = $1 AND year = $2 AND EXISTS (
               SELECT FROM lines l WHERE l.union_id = $1 AND l.year = $2 AND l.state IN ('in_review', 'completed'))""",
        union_id,
        year,
    )
    return plan


async def change_plan(connection: Connection, union_id: UUID, year: int, plan: str) -> None:
    """Another plan, once no live enrollment holds the former one."""
    await connection.execute("UPDATE plan_locks SET plan = $3 WHERE union_id = $1 AND year = $2", union_id, year, plan)


async def chosen(
    connection: Connection, union_id: UUID, year: int, member_ids: Sequence[UUID], *, lock: bool
) -> list["asyncpg.Record"]:
    """The union's ticked people, in the order of their city keys; unknown ids are missing from the answer."""
    return await connection.fetch(
        f"{_PERSON} AND c.member_id = ANY ($3) ORDER BY c.person_key, c.member_id {_LOCK[lock]}",
        union_id,
        year,
        member_ids,
    )


async def all_ready(
    connection: Connection, union_id: UUID, year: int, channel: Channel, *, lock: bool
) -> list["asyncpg.Record"]:
    """All of the union's 待提交 in one channel, in the order of their city keys."""
    return await connection.fetch(
        f"""{_PERSON} AND c.removed_at IS NULL AND c.channel = $3 AND {STANDS} = 'ready' AND NOT {ENROLLED}
            ORDER BY c.person_key, c.member_id {_LOCK[lock]}""",
        union_id,
        year,
        channel,
    )


async def returned_before(
    connection: Connection, union_id: UUID, year: int, member_ids: Sequence[UUID]
) -> dict[UUID, Before]:
    """The last return of each of these people in the year; rounds count per person and year (A49)."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (e.member_id) e.member_id, l.batch_no, e.round, l.term
           FROM lines l JOIN enrollments e ON e.line_id = l.line_id
           WHERE l.union_id = $1 AND l.year = $2 AND e.state = 'returned' AND e.member_id = ANY ($3)
           ORDER BY e.member_id, e.round DESC, l.submitted_at DESC""",
        union_id,
        year,
        member_ids,
    )
    return {row["member_id"]: Before(row["batch_no"], row["round"], Term(row["term"])) for row in rows}


async def take_city_keys(connection: Connection, year: int, seats: Sequence[Seat]) -> set[UUID]:
    """Freeze people into their lines; returns those whose city key was free (D16).

    Sorted by key: two submissions that share people wait for one another and never deadlock.
    """
    rows = await connection.fetch(
        f"""INSERT INTO enrollments
                (line_id, member_id, year, person_key, member_no, document_type, masked_name, masked_number, sealed,
                 card_status, employment_status, confirmed_by_hand, round, state)
            SELECT s.line_id, c.member_id, $2, c.person_key, c.member_no, c.document_type, c.masked_name,
                   c.masked_number, c.sealed, c.card_status, c.employment_status,
                   {CONFIRMED} AND c.employment_status IS DISTINCT FROM 'employed', s.round, 'held'
            FROM unnest($1::uuid[], $3::uuid[], $4::int[]) AS s(member_id, line_id, round)
            JOIN candidates c ON c.member_id = s.member_id
            ORDER BY c.person_key
            ON CONFLICT (person_key, year) WHERE state = 'held' DO NOTHING
            RETURNING member_id""",  # noqa: S608
        [seat.member_id for seat in seats],
        year,
        [seat.line_id for seat in seats],
        [seat.round for seat in seats],
    )
    return {row["member_id"] for row in rows}


async def people_of(connection: Connection, line_id: UUID, at_once: int) -> "AsyncIterator[list[asyncpg.Record]]":
    """The people of a line by member id, in the parts in which they are told. For use inside a transaction.

    One cursor instead of a query per part: the rows are of this transaction, the planner knows nothing of them yet,
    and each query would sort the whole line again.
    """
    cursor = await connection.cursor(
        """SELECT member_id, member_no, person_key, document_type, masked_name, masked_number, confirmed_by_hand, sealed
           FROM enrollments WHERE line_id = $1 AND state = 'held' ORDER BY member_id""",
        line_id,
    )
    while rows := await cursor.fetch(at_once):
        yield rows


async def next_number(connection: Connection, day: date) -> int:
    """The day's next sequence. Called last: every submission of the city waits for this row (A47)."""
    last = await connection.fetchval(
        """INSERT INTO batch_counters AS b (day, last) VALUES ($1, 0)
           ON CONFLICT (day) DO UPDATE SET last = b.last RETURNING last""",
        day,
    )
    sequence = next_sequence(last)
    await connection.execute("UPDATE batch_counters SET last = $2 WHERE day = $1", day, sequence)
    return sequence


async def joinable(
    connection: Connection,
    union_id: UUID,
    year: int,
    plan: str,
    kind: EnrollmentType,
    day: date,
    unit_ids: Sequence[UUID],
    channel: Channel,
) -> str | None:
    """Today's number of the union that lacks these lines and that no reviewer has touched (A47)."""
    number: str | None = await connection.fetchval(
        """SELECT batch_no FROM batches b
           WHERE union_id = $1 AND year = $2 AND plan = $3 AND enrollment_type = $4 AND numbered_on = $5
                 AND NOT EXISTS (SELECT FROM lines l WHERE l.batch_no = b.batch_no AND (
                     l.decided_at IS NOT NULL OR (l.channel = $7 AND l.unit_id = ANY ($6))))
           ORDER BY submitted_at DESC LIMIT 1""",
        union_id,
        year,
        plan,
        kind,
        day,
        unit_ids,
        channel,
    )
    return number


@dataclass(frozen=True, slots=True)
class NewBatch:
    batch_no: str
    union_id: UUID
    union_name: str
    year: int
    plan: str
    plan_name: str
    enrollment_type: EnrollmentType
    submitted_at: datetime


async def add_batch(connection: Connection, batch: NewBatch) -> None:
    """A new number."""
    await connection.execute(
        """INSERT INTO batches (batch_no, union_id, union_name, year, plan, plan_name, enrollment_type, numbered_on,
                                submitted_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        batch.batch_no,
        batch.union_id,
        batch.union_name,
        batch.year,
        batch.plan,
        batch.plan_name,
        batch.enrollment_type,
        batch.submitted_at.date(),
        batch.submitted_at,
    )


async def changed_since_confirmed(connection: Connection, year: int, member_ids: Sequence[UUID]) -> int:
    """How many of these people the registry says something new of since a handler confirmed them (A43)."""
    people: int = await connection.fetchval(
        """SELECT count(*) FROM candidates
           WHERE member_id = ANY ($2) AND $1::int = ANY (confirmed_years) AND to_confirm
                 AND employment_raw IS DISTINCT FROM confirmed_raw""",
        year,
        member_ids,
    )
    return people
