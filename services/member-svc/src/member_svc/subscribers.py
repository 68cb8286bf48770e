"""Handles two kinds of events: those that show who is under review, and decisions on requested removals (A57)."""

from collections.abc import Sequence

from chassis.database import UnitOfWork
from chassis.messaging import Record, Subscriptions
from chassis.poll_handling import events_of
from chassis.sql import Connection
from contracts.enrollments import BatchSubmitted, RemovalDecided
from contracts.event import Event
from contracts.reviews import BatchCompleted, BatchReturned, BatchWithdrawn, CenterRejected
from member_svc.store import protections
from member_svc.usecases import members

on = Subscriptions()


@on.locks
async def lock_submissions(records: Sequence[Record], connection: Connection) -> None:
    """Lock the submissions to the center whose lines these records complete or reject.

    BatchCompleted and CenterRejected have different keys, so two replicas can handle the two events of one line at the
    same time. Without this lock neither replica would see the uncommitted rows of the other. Then the line would stay
    completed, although the center rejected it.
    """
    completed = {event.submission_no for event in events_of(records, BatchCompleted)}
    rejected = {event.submission_no for event in events_of(records, CenterRejected)}
    if numbers := completed | rejected:
        await protections.lock_submissions(connection, numbers)


@on(BatchSubmitted)
async def on_batch_submitted(event: BatchSubmitted, work: UnitOfWork) -> None:
    members = [person.member_id for person in event.people]
    await protections.add_members(work.connection, event.line_id, event.part.index, members)


@on(RemovalDecided)
async def on_removal_decided(event: RemovalDecided, work: UnitOfWork) -> Sequence[Event]:
    return await members.apply_removal_decided(event, work)


@on(BatchReturned)
async def on_batch_returned(event: BatchReturned, work: UnitOfWork) -> None:
    if event.whole:
        await protections.end_line(work.connection, event.line_id)
    else:
        await protections.return_members(work.connection, event.line_id, event.member_ids)


@on(BatchWithdrawn)
async def on_batch_withdrawn(event: BatchWithdrawn, work: UnitOfWork) -> None:
    await protections.end_line(work.connection, event.line_id)


@on(BatchCompleted)
async def on_batch_completed(event: BatchCompleted, work: UnitOfWork) -> None:
    await protections.complete_line(work.connection, event.line_id, event.submission_no)


@on(CenterRejected)
async def on_center_rejected(event: CenterRejected, work: UnitOfWork) -> None:
    await protections.reject_submission(work.connection, event.submission_no, event.line_ids)
