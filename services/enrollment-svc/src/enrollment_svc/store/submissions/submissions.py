"""Statements of one submission: its people, the plan of the union, the batch number.

The statements say *city key* for the unique index on person and year of live enrollments, and for a person's entry in
this index. A person who has an entry in a year cannot be submitted again in that year.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of, rows_of
from contracts.words import Channel, EnrollmentType, Term
from enrollment_svc.domain.candidates.people import Person
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.statuses import Statuses
from enrollment_svc.domain.submissions.batch_numbers import next_sequence
from enrollment_svc.store.candidates.candidates import DOCUMENTS
from enrollment_svc.store.candidates.current import CANDIDATES
from enrollment_svc.store.candidates.people import IN_YEAR
from enrollment_svc.store.candidates.statuses import CARDS, EMPLOYMENTS
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
class AlikePeople:
    """People of one unit who have the same facts, so that a rule decides the same about all of them. `example`: one of
    these people.
    """

    example: Person
    member_ids: list[UUID]


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
#: The columns of PERSON_COLUMNS by which `ALIKE` groups.
FACTS = """unit_id, document_type, channel, stands, to_confirm, confirmed, card_status, card_raw, card_checked_at,
           employment_status, employment_raw, employment_checked_at, renamed_at, enrolled, removed"""
#: One row for all people of a unit who have the same facts, because the rules need only the facts. All people of one
#: part of a check get their statuses at the same time, so a union of 100,000 people has only some hundreds of these
#: rows. OFFSET 0 keeps PostgreSQL from looking up `enrolled` several times for each person.
ALIKE = """SELECT {facts}, array_agg(member_id) AS member_ids
           FROM (SELECT {person} FROM {candidates} WHERE c.union_id = :union_id AND {which} OFFSET 0) AS p
           {listed} GROUP BY {facts}"""
CHOSEN = Statement(
    ALIKE,
    facts=FACTS,
    candidates=CANDIDATES,
    person=PERSON_COLUMNS,
    which="c.member_id = ANY (:member_ids)",
    listed="",
)
ALL_READY = Statement(
    ALIKE,
    facts=FACTS,
    candidates=CANDIDATES,
    person=PERSON_COLUMNS,
    which="c.removed_at IS NULL AND c.channel = :channel AND {stands} = 'ready'",
    listed="WHERE NOT enrolled",
    stands=IN_YEAR["stands"],
    confirmed=IN_YEAR["confirmed"],
)
LABELS = Statement(
    """SELECT member_id, member_no, masked_name, masked_number FROM candidates
       WHERE union_id = :union_id AND member_id = ANY (:member_ids)"""
)
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
#: A line has fewer people than were submitted if a reviewer has returned people of the line, or if the line was
#: withdrawn.
HAS_RETURNS = Statement(
    "SELECT EXISTS (SELECT FROM lines WHERE union_id = :union_id AND year = :year AND heads < submitted_heads)"
)
RETURNED_BEFORE = Statement(
    """SELECT DISTINCT ON (e.member_id) e.member_id, l.batch_no, e.round, l.term
       FROM lines AS l JOIN enrollments AS e ON e.line_id = l.line_id
       WHERE l.union_id = :union_id AND l.year = :year AND l.heads < l.submitted_heads AND e.state = 'returned'
             AND e.member_id = ANY (:member_ids)
       ORDER BY e.member_id, e.round DESC, l.submitted_at DESC"""
)
#: How many people one statement of `acquire_city_keys` submits. The arguments of the statement have 40 bytes of ids for
#: each person, and memory holds these bytes twice until they are sent.
ACQUIRED_AT_ONCE = 20_000
#: Writes the selected people and counts them by line. The people are sorted by person key, because this makes the
#: insertion into the index of the city keys cheaper.
ACQUIRE = """WITH acquired AS (
           INSERT INTO enrollments (line_id, member_id, {frozen}, year, confirmed_by_hand, round, state)
           SELECT r.line_id, r.member_id, {c.frozen}, :year,
                  {confirmed} AND c.employment_status IS DISTINCT FROM 'employed', 1, 'held'
           FROM {candidates}
           JOIN unnest(:line_ids::uuid[], :member_ids::uuid[]) AS r (line_id, member_id) ON r.member_id = c.member_id
           ORDER BY c.person_key {occupied}
           RETURNING line_id)
       SELECT line_id, count(*)::int AS heads FROM acquired GROUP BY line_id"""
ACQUIRE_CITY_KEYS = Statement(
    ACQUIRE, candidates=CANDIDATES, frozen=FROZEN, confirmed=IN_YEAR["confirmed"], occupied=""
)
ACQUIRE_FREE_CITY_KEYS = Statement(
    ACQUIRE,
    candidates=CANDIDATES,
    frozen=FROZEN,
    confirmed=IN_YEAR["confirmed"],
    occupied="ON CONFLICT (person_key, year) WHERE state = 'held' DO NOTHING",
)
ACQUIRED = Statement("SELECT member_id FROM enrollments WHERE line_id = ANY (:line_ids)")
SET_ROUNDS = Statement(
    """UPDATE enrollments AS e SET round = r.round
       FROM unnest(:line_ids::uuid[], :member_ids::uuid[], :rounds::int[]) AS r (line_id, member_id, round)
       WHERE e.line_id = r.line_id AND e.member_id = r.member_id"""
)
PEOPLE_OF = Statement(
    """SELECT line_id, member_id, member_no, person_key, document_type, masked_name, masked_number, confirmed_by_hand,
              sealed
       FROM enrollments WHERE line_id = ANY (:line_ids) ORDER BY line_id, member_id"""
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
    """SELECT count(*) FROM {candidates}
       WHERE c.member_id = ANY (:member_ids) AND :year::int = ANY (c.confirmed_years) AND c.to_confirm
             AND c.employment_raw IS DISTINCT FROM c.confirmed_raw""",
    candidates=CANDIDATES,
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
    """The union's plan of the year. If the union has no plan yet, `plan` becomes its plan. The row of the union's plan
    stays locked until the commit.
    """
    return str(await LOCK_PLAN.fetchval(connection, union_id=union_id, year=year, plan=plan))


async def locked_plan(connection: Connection, union_id: UUID, year: int) -> str | None:
    """The union's plan of a year; None if the union has no line of the year in review or completed (A10, A49)."""
    plan: str | None = await LOCKED_PLAN.fetchval(connection, union_id=union_id, year=year)
    return plan


async def change_plan(connection: Connection, union_id: UUID, year: int, plan: str) -> None:
    """Replace the union's plan of the year by `plan`. Call it only if `locked_plan` returns None."""
    await CHANGE_PLAN.execute(connection, union_id=union_id, year=year, plan=plan)


async def chosen(connection: Connection, union_id: UUID, year: int, member_ids: Sequence[UUID]) -> list[AlikePeople]:
    """The union's ticked people. Ids that belong to no member of the union are missing from the result."""
    return _alike(await CHOSEN.fetch(connection, union_id=union_id, year=year, member_ids=member_ids))


async def all_ready(connection: Connection, union_id: UUID, year: int, channel: Channel) -> list[AlikePeople]:
    """All people in the union's 待提交 of one channel."""
    return _alike(await ALL_READY.fetch(connection, union_id=union_id, year=year, channel=channel))


def _alike(rows: Sequence[Record]) -> list[AlikePeople]:
    return [AlikePeople(person_of({**row, "member_id": row["member_ids"][0]}), row["member_ids"]) for row in rows]


async def labels(connection: Connection, union_id: UUID, member_ids: Sequence[UUID]) -> list[Record]:
    """The member number, the masked name and the masked number of these members of the union."""
    return await LABELS.fetch(connection, union_id=union_id, member_ids=member_ids)


async def returned_before(
    connection: Connection, union_id: UUID, year: int, member_ids: Sequence[UUID]
) -> dict[UUID, PreviousEnrollment]:
    """The returned enrollment with the highest round in the year, for each of these people (A49)."""
    if not await HAS_RETURNS.fetchval(connection, union_id=union_id, year=year):
        return {}
    rows = await RETURNED_BEFORE.fetch(connection, union_id=union_id, year=year, member_ids=member_ids)
    return {row["member_id"]: PreviousEnrollment(row["batch_no"], row["round"], Term(row["term"])) for row in rows}


async def acquire_city_keys(
    connection: Connection, year: int, people_of_line: Mapping[UUID, Sequence[UUID]]
) -> dict[UUID, int]:
    """Copy people into `enrollments`. Each new row of `enrollments` acquires the city key of its person (D16).

    Returns how many people of each line had a free key. If nobody in a line had a free key, the line is missing in the
    result. Two submissions of the same people cannot deadlock, because each of the two has locked the units of these
    people. Nearly always all keys are free. So an INSERT without ON CONFLICT, which costs a quarter less, is tried
    first.
    """
    try:
        async with connection.transaction():
            return await _acquire(ACQUIRE_CITY_KEYS, connection, year, people_of_line)
    except asyncpg.UniqueViolationError:
        return await _acquire(ACQUIRE_FREE_CITY_KEYS, connection, year, people_of_line)


async def _acquire(
    statement: Statement, connection: Connection, year: int, people_of_line: Mapping[UUID, Sequence[UUID]]
) -> dict[UUID, int]:
    """Run the statement for up to `ACQUIRED_AT_ONCE` people at a time. Returns the people by line, over all runs."""
    heads: Counter[UUID] = Counter()
    people = ((line_id, member_id) for line_id, members in people_of_line.items() for member_id in members)
    while some := list(islice(people, ACQUIRED_AT_ONCE)):
        line_ids, member_ids = zip(*some, strict=True)
        for row in await statement.fetch(connection, year=year, line_ids=line_ids, member_ids=member_ids):
            heads[row["line_id"]] += row["heads"]
    return dict(heads)


async def acquired(connection: Connection, line_ids: Iterable[UUID]) -> set[UUID]:
    """The members in these lines."""
    return {row["member_id"] for row in await ACQUIRED.fetch(connection, line_ids=list(line_ids))}


async def set_rounds(connection: Connection, rounds: Mapping[tuple[UUID, UUID], int]) -> None:
    """Store the rounds of people who were returned before, by line and member. Everybody else keeps round 1."""
    line_ids, member_ids = [line_id for line_id, _ in rounds], [member_id for _, member_id in rounds]
    await SET_ROUNDS.execute(connection, line_ids=line_ids, member_ids=member_ids, rounds=list(rounds.values()))


async def people_of(connection: Connection, line_ids: Iterable[UUID], at_once: int) -> AsyncIterator[list[Record]]:
    """The people of new lines, sorted by line id and member id, up to `at_once` at a time. For use inside a
    transaction.

    One cursor reads all people. With a new query for every `at_once` people, PostgreSQL would sort the whole line each
    time, because the planner has no statistics of rows that this transaction has just inserted.
    """
    text, arguments = PEOPLE_OF.bind(line_ids=list(line_ids))
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
    """The number of a batch of this day to which lines of these units and this channel can be added, or None (A47).

    Such a batch has no line of one of these units in this channel, and no reviewer has decided about any of its lines.
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
