"""Locks what a poll will change: first units, then checks, then submissions to the center, then lines.

Commands lock in the same order, so that a poll and a command never deadlock.
"""

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from chassis.messaging import Record, subjects_of
from chassis.poll_handling import events_of
from chassis.sql import Connection
from contracts.members import MembersChanged, MembersImported, RemovalRequested
from contracts.reviews import BatchCompleted, CenterRejected
from contracts.statuses import StatusesVerified
from contracts.topics import MEMBERS, REVIEWS, STATUSES
from enrollment_svc.store import locked, slots
from enrollment_svc.store.batches import lines
from enrollment_svc.store.candidates import candidates, checks
from enrollment_svc.store.slots import Locked
from enrollment_svc.usecases.batches.flags import RETIRED_OR_DECEASED


async def lock_rows(records: Sequence[Record], connection: Connection) -> None:
    """Lock all units, checks, submissions and lines that the subscribers of these records will lock.

    Units come first. While they are locked, no submission adds a line with people of these units. So the search for the
    lines of these people, which comes last, finds all of them.
    """
    answers = list(events_of(records, StatusesVerified))
    retired_or_deceased = await _retired_or_deceased(records, answers, connection)
    units = {record.key for record in records if record.topic in (MEMBERS.name, STATUSES.name)}
    if retired_or_deceased:
        units |= await locked.units_with_people(connection, retired_or_deceased)
    if units:
        await candidates.lock_units(connection, units)
    if jobs := {answer.job_id for answer in answers}:
        await checks.lock_jobs(connection, jobs)
    rejected = {event.submission_no for event in events_of(records, CenterRejected)}
    await _lock_submissions(records, rejected, connection)
    await _lock_lines(records, retired_or_deceased, rejected, connection)


async def _retired_or_deceased(
    records: Sequence[Record], answers: Sequence[StatusesVerified], connection: Connection
) -> set[str]:
    """The person keys of people whom a registry reported as retired or deceased.

    Either the report is in this poll, or an earlier poll stored the report and the member arrives only in this poll.
    """
    member_ids = {
        status.member_id for answer in answers for status in answer.statuses if status.employment in RETIRED_OR_DECEASED
    }
    members = [
        *chain.from_iterable(event.members for event in events_of(records, MembersImported)),
        *chain.from_iterable(event.members for event in events_of(records, MembersChanged)),
    ]
    if members:
        ids = [member.member_id for member in members]
        member_ids |= await locked.members_with_early_status(connection, ids, RETIRED_OR_DECEASED)
    if not member_ids:
        return set()
    arriving = {member.person_key for member in members if member.member_id in member_ids}
    return arriving | await locked.person_keys(connection, member_ids)


async def _lock_submissions(records: Sequence[Record], rejected: set[str], connection: Connection) -> None:
    """Lock the numbers of the submissions to the center whose lines this poll completes or rejects.

    BatchCompleted and CenterRejected have different keys, so two replicas can handle the two events of one line at the
    same time. Without this lock neither replica would see the uncommitted rows of the other. Then the line would stay
    completed, although the center rejected it.
    """
    completed = {event.submission_no for event in events_of(records, BatchCompleted)}
    if numbers := completed | rejected:
        await slots.lock(connection, Locked.SUBMISSION, numbers)


async def _lock_lines(
    records: Sequence[Record], retired_or_deceased: set[str], rejected: set[str], connection: Connection
) -> None:
    """Lock the lines about which a reviewer or the center has decided.

    Also lock the lines of people who died or retired, and of people whose removal is requested.
    """
    to_remove = {member_id for event in events_of(records, RemovalRequested) for member_id in event.member_ids}
    people = retired_or_deceased | (await locked.person_keys(connection, to_remove) if to_remove else set())
    line_ids: set[UUID] = set(subjects_of(records, REVIEWS))
    if people or rejected:
        line_ids |= await locked.lines_of(connection, people, rejected)
    if line_ids:
        await lines.lock_all(connection, line_ids)
