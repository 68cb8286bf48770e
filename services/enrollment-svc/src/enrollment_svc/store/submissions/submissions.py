"""Statements of one submission: its people, their city keys, the plan of the union, the batch number."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of
from contracts.words import Channel, EnrollmentType, Term
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.statuses import Statuses
from enrollment_svc.domain.submissions.batch_numbers import next_sequence
from enrollment_svc.store.candidates.candidates import CARDS, DOCUMENTS, EMPLOYMENTS
from enrollment_svc.store.candidates.people import IN_YEAR
from enrollment_svc.tables import BatchRow, EnrollmentRow

CHANNELS: dict[str | None, Channel | None] = {None: None, **{word.value: word for word in Channel}}
STANDINGS: dict[str, Standing] = {word.value: word for word in Standing}


@dataclass(frozen=True, slots=True)
class PreviousEnrollment:
    """A person's last returned enrollment of the year."""

    batch_no: str
    round: int
    term: Term


@dataclass(frozen=True, slots=True)
class Reservation:
    """The line of a person in a submission. `round`: 1, and one more after each return of the person in the year."""

    member_id: UUID
    line_id: UUID
    round: int


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


RESERVATION = columns_of(EnrollmentRow, Reservation)
#: The columns that an enrollment copies from its candidate (D17).
FROZEN = columns_of(EnrollmentRow).without(
    "line_id", "member_id", "year", "confirmed_by_hand", "round", "state", "reason", "flagged"
)
BATCH = columns_of(BatchRow, NewBatch)

#: The facts about a candidate `c` that decide whether the person can be submitted in :year. `person_of` reads them.
PERSON_COLUMNS = Statement(
    """c.member_id, c.unit_id, c.document_type, c.channel, {stands} AS stands, c.to_confirm,
       {confirmed} AS confirmed, c.card_status, c.card_raw, c.card_checked_at, c.employment_status,
       c.employment_raw, c.employment_checked_at, c.renamed_at, {enrolled} AS enrolled,
       c.removed_at IS NOT NULL AS removed""",
    **IN_YEAR,
)
PERSON = Statement(
    """SELECT {person}, c.member_no, c.masked_name, c.masked_number
       FROM candidates AS c WHERE c.union_id = :union_id""",
    person=PERSON_COLUMNS,
)
CHOSEN = Statement("{person} AND c.member_id = ANY (:member_ids) ORDER BY c.person_key, c.member_id", person=PERSON)
LOCK_CHOSEN = Statement("{chosen} FOR UPDATE OF c", chosen=CHOSEN)
ALL_READY = Statement(
    """{person} AND c.removed_at IS NULL AND c.channel = :channel AND {stands} = 'ready' AND NOT {enrolled}
       ORDER BY c.person_key, c.member_id""",
    person=PERSON,
    **IN_YEAR,
)
LOCK_ALL_READY = Statement("{all_ready} FOR UPDATE OF c", all_ready=ALL_READY)
LOCK_PLAN = Statement(
    """INSERT INTO plan_locks AS l (union_id, year, plan) VALUES (:union_id, :year, :plan)
       ON CONFLICT (union_id, year) DO UPDATE SET plan = l.plan RETURNING plan"""
)
LOCKED_PLAN = Statement(
    """SELECT plan FROM plan_locks AS p WHERE union_id = :union_id AND year = :year AND EXISTS (
           SELECT FROM lines AS l
           WHERE l.union_id = :union_id AND l.year = :year AND l.state IN ('in_review', 'completed'))"""
)
CHANGE_PLAN = Statement("UPDATE plan_locks SET plan = :plan WHERE union_id = :union_id AND year = :year")
RETURNED_BEFORE = Statement(
    """SELECT DISTINCT ON (e.member_id) e.member_id, l.batch_no, e.round, l.term
       FROM lines AS l JOIN enrollments AS e ON e.line_id = l.line_id
       WHERE l.union_id = :union_id AND l.year = :year AND e.state = 'returned' AND e.member_id = ANY (:member_ids)
       ORDER BY e.member_id, e.round DESC, l.submitted_at DESC"""
)
RESERVE_CITY_KEYS = Statement(
    """INSERT INTO enrollments ({reservation}, {frozen}, year, confirmed_by_hand, state)
       SELECT {r.reservation}, {c.frozen}, :year,
              {confirmed} AND c.employment_status IS DISTINCT FROM 'employed', 'held'
       FROM {reservations} AS r JOIN candidates AS c ON c.member_id = r.member_id
       ORDER BY c.person_key
       ON CONFLICT (person_key, year) WHERE state = 'held' DO NOTHING
       RETURNING member_id""",
    reservation=RESERVATION,
    frozen=FROZEN,
    reservations=rows_of(RESERVATION),
    confirmed=IN_YEAR["confirmed"],
)
PEOPLE_OF = Statement(
    """SELECT member_id, member_no, person_key, document_type, masked_name, masked_number, confirmed_by_hand, sealed
       FROM enrollments WHERE line_id = :line_id AND state = 'held' ORDER BY member_id"""
)
LAST_NUMBER = Statement(
    """INSERT INTO batch_counters AS b (day, last) VALUES (:day, 0)
       ON CONFLICT (day) DO UPDATE SET last = b.last RETURNING last"""
)
COUNT_NUMBER = Statement("UPDATE batch_counters SET last = :sequence WHERE day = :day")
JOINABLE = Statement(
    """SELECT batch_no FROM batches AS b
       WHERE union_id = :union_id AND year = :year AND plan = :plan AND enrollment_type = :kind AND numbered_on = :day
             AND NOT EXISTS (SELECT FROM lines AS l WHERE l.batch_no = b.batch_no AND (
                 l.decided_at IS NOT NULL OR (l.channel = :channel AND l.unit_id = ANY (:unit_ids))))
       ORDER BY submitted_at DESC LIMIT 1"""
)
ADD_BATCH = Statement(
    "INSERT INTO batches ({batch}, numbered_on) SELECT {batch}, :numbered_on FROM {batches} AS b",
    batch=BATCH,
    batches=rows_of(BATCH),
)
CHANGED_SINCE_CONFIRMED = Statement(
    """SELECT count(*) FROM candidates
       WHERE member_id = ANY (:member_ids) AND :year::int = ANY (confirmed_years) AND to_confirm
             AND employment_raw IS DISTINCT FROM confirmed_raw"""
)


def person_of(row: Mapping[str, Any] | Record) -> Person:
    """The person of a row that has PERSON_COLUMNS."""
    return Person(
        member_id=row["member_id"],
        unit_id=row["unit_id"],
        document_type=DOCUMENTS[row["document_type"]],
        channel=CHANNELS[row["channel"]],
        standing=STANDINGS[row["stands"]],
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
    """The union's plan of the year. If it has none yet, this sets `plan`. The row stays locked until the commit."""
    return str(await LOCK_PLAN.fetchval(connection, union_id=union_id, year=year, plan=plan))


async def locked_plan(connection: Connection, union_id: UUID, year: int) -> str | None:
    """The union's plan of a year; None if the union has no line of the year in review or completed (A10, A49)."""
    plan: str | None = await LOCKED_PLAN.fetchval(connection, union_id=union_id, year=year)
    return plan


async def change_plan(connection: Connection, union_id: UUID, year: int, plan: str) -> None:
    """Set another plan. Call it only if `locked_plan` returns None."""
    await CHANGE_PLAN.execute(connection, union_id=union_id, year=year, plan=plan)


async def chosen(
    connection: Connection, union_id: UUID, year: int, member_ids: Sequence[UUID], *, lock: bool
) -> list[Record]:
    """The union's ticked people, in the order of their city keys; unknown ids are missing from the result."""
    people = LOCK_CHOSEN if lock else CHOSEN
    return await people.fetch(connection, union_id=union_id, year=year, member_ids=member_ids)


async def all_ready(connection: Connection, union_id: UUID, year: int, channel: Channel, *, lock: bool) -> list[Record]:
    """All people in the union's 待提交 of one channel, in the order of their city keys."""
    people = LOCK_ALL_READY if lock else ALL_READY
    return await people.fetch(connection, union_id=union_id, year=year, channel=channel)


async def returned_before(
    connection: Connection, union_id: UUID, year: int, member_ids: Sequence[UUID]
) -> dict[UUID, PreviousEnrollment]:
    """The returned enrollment with the highest round in the year, for each of these people (A49)."""
    rows = await RETURNED_BEFORE.fetch(connection, union_id=union_id, year=year, member_ids=member_ids)
    return {row["member_id"]: PreviousEnrollment(row["batch_no"], row["round"], Term(row["term"])) for row in rows}


async def acquire_city_keys(connection: Connection, year: int, reservations: Sequence[Reservation]) -> set[UUID]:
    """Copy people into `enrollments`, which acquires their city keys; returns those whose key was free (D16).

    Every submission acquires the keys in sorted order. So two submissions of the same people never deadlock.
    """
    return {row["member_id"] for row in await RESERVE_CITY_KEYS.fetch(connection, year=year, reservations=reservations)}


async def people_of(connection: Connection, line_id: UUID, at_once: int) -> AsyncIterator[list[Record]]:
    """The people of a line by member id, up to `at_once` at a time. For use inside a transaction.

    One cursor reads all of them. A query for each part would sort the whole line each time, because the planner has no
    statistics of rows that this transaction has just inserted.
    """
    text, arguments = PEOPLE_OF.bind(line_id=line_id)
    cursor = await connection.cursor(text, *arguments)
    while rows := await cursor.fetch(at_once):
        yield rows


async def next_number(connection: Connection, day: date) -> int:
    """The day's next sequence number.

    Call it late, because from this call until the commit every other submission of the city waits (A47).
    """
    sequence = next_sequence(await LAST_NUMBER.fetchval(connection, day=day))
    await COUNT_NUMBER.execute(connection, day=day, sequence=sequence)
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
    """The number of a batch of this day to which lines of these units and this channel may be added, or None (A47).

    The batch has no line of the same unit and channel, and no reviewer has decided about any of its lines.
    """
    number: str | None = await JOINABLE.fetchval(
        connection, union_id=union_id, year=year, plan=plan, kind=kind, day=day, unit_ids=unit_ids, channel=channel
    )
    return number


async def add_batch(connection: Connection, batch: NewBatch) -> None:
    """Add a batch."""
    await ADD_BATCH.execute(connection, batches=[batch], numbered_on=batch.submitted_at.date())


async def changed_since_confirmed(connection: Connection, year: int, member_ids: Sequence[UUID]) -> int:
    """For how many of these people the registry's answer has changed since a handler confirmed them (A43)."""
    return int(await CHANGED_SINCE_CONFIRMED.fetchval(connection, year=year, member_ids=member_ids))
