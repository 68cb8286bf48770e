"""Locks the rows that a poll will change, in the same order as commands lock them: units, checks, lines."""

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from chassis.batch_handling import events_of
from chassis.messaging import Record, subjects_of
from chassis.sql import Connection
from contracts.members import MembersChanged, MembersImported, RemovalRequested
from contracts.reviews import CenterRejected
from contracts.statuses import StatusesVerified
from contracts.topics import MEMBERS, REVIEWS, STATUSES
from enrollment_svc.store import locked
from enrollment_svc.store.batches import lines
from enrollment_svc.store.candidates import candidates, checks
from enrollment_svc.usecases.batches.flags import GONE


async def take(records: Sequence[Record], connection: Connection) -> None:
    """Lock the rows that the subscribers of these records will lock: one statement per table, in the order of the ids.

    Units come first: while they are locked, no submission adds a line with people of these units.
    """
    answers = list(events_of(records, StatusesVerified))
    dead = await _dead(records, answers, connection)
    units = {record.key for record in records if record.topic in (MEMBERS.name, STATUSES.name)}
    if dead:
        units |= await locked.units_with_people(connection, dead)
    if units:
        await candidates.lock_units(connection, units)
    if jobs := {answer.job_id for answer in answers}:
        await checks.lock_jobs(connection, jobs)
    await _lock_lines(records, dead, connection)


async def _dead(records: Sequence[Record], answers: Sequence[StatusesVerified], connection: Connection) -> set[str]:
    """The person keys of people whom a registry reported as retired or deceased.

    The answer is in this poll, or it was stored earlier for a member who arrives in this poll.
    """
    told = {status.member_id for answer in answers for status in answer.statuses if status.employment in GONE}
    entries = chain(
        *(event.members for event in events_of(records, MembersImported)),
        *(event.members for event in events_of(records, MembersChanged)),
    )
    entered = {member.member_id: member.person_key for member in entries}
    if entered:
        told |= await locked.told_early(connection, entered, GONE)
    if not told:
        return set()
    arriving = {entered[member_id] for member_id in told if member_id in entered}
    return arriving | await locked.person_keys(connection, told)


async def _lock_lines(records: Sequence[Record], dead: set[str], connection: Connection) -> None:
    """Lock the lines that a reviewer or the center decided about, and the lines of people who died, retired or shall be
    removed.
    """
    leaving = {member_id for event in events_of(records, RemovalRequested) for member_id in event.member_ids}
    people = dead | (await locked.person_keys(connection, leaving) if leaving else set())
    rejected = {event.submission_no for event in events_of(records, CenterRejected)}
    line_ids: set[UUID] = set(subjects_of(records, REVIEWS))
    if people or rejected:
        line_ids |= await locked.lines_of(connection, people, rejected)
    if line_ids:
        await lines.lock_all(connection, line_ids)
