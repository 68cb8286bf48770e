"""Checks of card and employment status, with the numbers of people and of answers for each unit (F101)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection, Statement, columns_of, rows_of
from enrollment_svc.domain.candidates.checks import Origin
from enrollment_svc.store import slots
from enrollment_svc.store.slots import Locked
from enrollment_svc.tables import CheckSetRow


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """The people of a unit whom a check covers.

    An import has one request for each of its parts. A check that a user or a submission starts has one request for each
    unit.
    """

    job_id: UUID
    unit_id: UUID
    union_id: UUID
    origin: Origin
    requested_at: datetime
    due_at: datetime | None
    part_count: int
    people: int


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a union, summed over its units. While it is `running`, screens show the banner 校验中."""

    job_id: UUID
    origin: Origin
    requested_at: datetime
    due_at: datetime | None
    people: int
    answered_people: int
    running: bool


REQUEST = columns_of(CheckSetRow, CheckRequest)

COUNT_REQUESTED = Statement(
    """INSERT INTO check_sets AS s ({request}) SELECT {request} FROM {requests} AS q
       ON CONFLICT (job_id, unit_id) DO UPDATE
       SET origin = excluded.origin, requested_at = excluded.requested_at, due_at = excluded.due_at,
           people = s.people + excluded.people""",
    request=REQUEST,
    requests=rows_of(REQUEST),
)
COUNT_ANSWERED = Statement(
    """INSERT INTO check_sets AS s (job_id, unit_id, union_id, part_count, answered_parts, answered_people,
                                    completed_at)
       VALUES (:job_id, :unit_id, :union_id, :part_count, 1, :people,
               CASE WHEN :part_count = 1 THEN :now::timestamptz END)
       ON CONFLICT (job_id, unit_id) DO UPDATE
       SET answered_parts = s.answered_parts + 1, answered_people = s.answered_people + excluded.answered_people,
           completed_at = CASE WHEN s.answered_parts + 1 >= s.part_count THEN :now::timestamptz END
       RETURNING answered_parts = part_count"""
)
PEOPLE_OF_DONE = Statement(
    """SELECT CASE WHEN bool_and(completed_at IS NOT NULL) THEN sum(answered_people)::int END
       FROM check_sets WHERE job_id = :job_id AND union_id = :union_id"""
)
LOCK_UNION = Statement("SELECT pg_advisory_xact_lock(hashtextextended('check ' || :union_id::text, 0))")
#: A check whose answers never arrive must not block the next check forever. It counts as running until its due time.
#: If it has no due time, it counts as running for five days.
RUNS = "(completed_at IS NULL AND coalesce(due_at, requested_at + interval '5 days') > :now)"
LATEST = Statement(
    """SELECT job_id, min(origin) AS origin, min(requested_at) AS requested_at, max(due_at) AS due_at,
              sum(people)::int AS people, sum(answered_people)::int AS answered_people, bool_or({runs}) AS running
       FROM check_sets
       WHERE union_id = :union_id AND requested_at IS NOT NULL AND (:origin::text IS NULL OR origin = :origin)
       GROUP BY job_id ORDER BY bool_or({runs}) DESC, min(requested_at) DESC LIMIT 1""",
    runs=RUNS,
)


async def count_requested(connection: Connection, requests: Sequence[CheckRequest]) -> None:
    """Count the people whom a check covers. It is possible that answers about them have been counted already."""
    await COUNT_REQUESTED.execute(connection, requests=requests)


async def count_answered(
    connection: Connection, job_id: UUID, unit_id: UUID, union_id: UUID, part_count: int, people: int, now: datetime
) -> bool:
    """Count one more answered part of the unit. Returns True if now all parts of the unit are answered."""
    completed: bool = await COUNT_ANSWERED.fetchval(
        connection, job_id=job_id, unit_id=unit_id, union_id=union_id, part_count=part_count, people=people, now=now
    )
    return completed


async def people_of_done(connection: Connection, job_id: UUID, union_id: UUID) -> int | None:
    """How many people of the union have an answer of this check. None until the check is complete for all units of the
    union.

    Two transactions can complete the last two units at the same time. Without `lock_jobs`, neither transaction would
    see the unit of the other as complete, and both would get None.
    """
    await lock_jobs(connection, [job_id])
    people: int | None = await PEOPLE_OF_DONE.fetchval(connection, job_id=job_id, union_id=union_id)
    return people


async def lock_jobs(connection: Connection, job_ids: Iterable[UUID]) -> None:
    """Lock these checks for this transaction. `people_of_done` acquires the same locks.

    The lock is on a slot, which many checks share, so few locks are needed (`store/slots.py`).
    """
    await slots.lock(connection, Locked.CHECK, job_ids)


async def lock_union(connection: Connection, union_id: UUID) -> None:
    """Lock the union's checks, so that two clicks at the same time start only one check (F101)."""
    await LOCK_UNION.execute(connection, union_id=str(union_id))


async def latest(connection: Connection, union_id: UUID, now: datetime, origin: Origin | None = None) -> Check | None:
    """The union's running check. If none is running, its last check. `origin` None = any origin."""
    row = await LATEST.fetchrow(connection, union_id=union_id, now=now, origin=origin)
    return Check(**{**row, "origin": Origin(row["origin"])}) if row else None
