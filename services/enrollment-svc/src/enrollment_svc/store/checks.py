"""Checks in progress: which union waits for which answers (F101)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Connection
from enrollment_svc.domain.checks import Origin
from enrollment_svc.store import slots
from enrollment_svc.store.slots import Locked

_ORIGINS = {word.value: word for word in Origin}


@dataclass(frozen=True, slots=True)
class Question:
    """What one part of a check asks, or a whole unit's parts at once."""

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
    """A union's latest check over all its units. `running`: the banner 校验中 shows."""

    job_id: UUID
    origin: Origin
    requested_at: datetime
    due_at: datetime | None
    people: int
    answered_people: int
    running: bool


#: A check whose answers never come must not block the next one for ever; without a due time it counts for days.
_RUNS = "(completed_at IS NULL AND coalesce(due_at, requested_at + interval '5 days') > $2)"


async def asked(connection: Connection, questions: Sequence[Question]) -> None:
    """Count what was asked; answers may have been counted already."""
    await connection.execute(
        """INSERT INTO check_sets AS s
               (job_id, unit_id, union_id, origin, requested_at, due_at, part_count, people)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                                $7::int[], $8::int[])
           ON CONFLICT (job_id, unit_id) DO UPDATE
           SET origin = excluded.origin, requested_at = excluded.requested_at, due_at = excluded.due_at,
               people = s.people + excluded.people""",
        [q.job_id for q in questions],
        [q.unit_id for q in questions],
        [q.union_id for q in questions],
        [q.origin for q in questions],
        [q.requested_at for q in questions],
        [q.due_at for q in questions],
        [q.part_count for q in questions],
        [q.people for q in questions],
    )


async def answered(
    connection: Connection, job_id: UUID, unit_id: UUID, union_id: UUID, part_count: int, people: int, now: datetime
) -> bool:
    """Count one answered part; True for the one that completes the unit's set, never for a later one."""
    completed: bool = await connection.fetchval(
        """INSERT INTO check_sets AS s (job_id, unit_id, union_id, part_count, answered_parts, answered_people,
                                        completed_at)
           VALUES ($1, $2, $3, $4, 1, $5, CASE WHEN $4 = 1 THEN $6::timestamptz END)
           ON CONFLICT (job_id, unit_id) DO UPDATE
           SET answered_parts = s.answered_parts + 1, answered_people = s.answered_people + excluded.answered_people,
               completed_at = CASE WHEN s.answered_parts + 1 >= s.part_count THEN $6::timestamptz END
           RETURNING answered_parts = part_count""",
        job_id,
        unit_id,
        union_id,
        part_count,
        people,
        now,
    )
    return completed


async def people_of_done(connection: Connection, job_id: UUID, union_id: UUID) -> int | None:
    """How many people a check answered, once all its units are; None before.

    Units end in transactions of their own, perhaps at once: without `lock_jobs` neither would see the other's end.
    """
    await lock_jobs(connection, [job_id])
    people: int | None = await connection.fetchval(
        """SELECT CASE WHEN bool_and(completed_at IS NOT NULL) THEN sum(answered_people)::int END
           FROM check_sets WHERE job_id = $1 AND union_id = $2""",
        job_id,
        union_id,
    )
    return people


async def lock_jobs(connection: Connection, job_ids: Iterable[UUID]) -> None:
    """The ends of checks, for this transaction. In slots, as units are: a poll may bring answers to many checks."""
    await slots.lock(connection, Locked.CHECK, job_ids)


async def lock_union(connection: Connection, union_id: UUID) -> None:
    """Two clicks at once start one check (F101)."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('check ' || $1::text, 0))", str(union_id))


async def latest(connection: Connection, union_id: UUID, now: datetime, origin: Origin | None = None) -> Check | None:
    """The union's running check, else its last one."""
    row = await connection.fetchrow(
        f"""SELECT job_id, min(origin) AS origin, min(requested_at) AS requested_at, max(due_at) AS due_at,
                   sum(people)::int AS people, sum(answered_people)::int AS answered_people,
                   bool_or({_RUNS}) AS running
            FROM check_sets
            WHERE union_id = $1 AND requested_at IS NOT NULL AND ($3::text IS NULL OR origin = $3)
            GROUP BY job_id ORDER BY bool_or({_RUNS}) DESC, min(requested_at) DESC LIMIT 1""",  # noqa: S608
        union_id,
        now,
        origin,
    )
    return Check(**{**row, "origin": _ORIGINS[row["origin"]]}) if row else None
