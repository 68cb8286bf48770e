"""One function for each event that review-svc handles. Each calls its use case, or the store if no rule applies."""

from collections.abc import Sequence

from chassis.database import UnitOfWork
from chassis.messaging import Record, Subscriptions, subjects_of
from chassis.sql import Connection
from contracts.enrollments import BatchSubmitted, PeopleFlagged, WithdrawalRequested
from contracts.event import Event
from contracts.payments import VoucherAccepted, VoucherRejected, VoucherSubmitted
from contracts.topics import ENROLLMENTS
from review_svc.store import lines, vouchers
from review_svc.usecases import arrivals, feeding_back, flagging

on = Subscriptions()


@on.locks
async def lock_lines(records: Sequence[Record], connection: Connection) -> None:
    """Lock the lines of all records before the first record is handled.

    This function and the reviewers' commands lock lines in the order of their ids, so no deadlock can occur.
    """
    if line_ids := subjects_of(records, ENROLLMENTS):
        await lines.lock_lines(connection, line_ids)


@on(BatchSubmitted)
async def on_batch_submitted(event: BatchSubmitted, work: UnitOfWork) -> None:
    await arrivals.apply_batch_submitted(event, work)


@on(WithdrawalRequested)
async def on_withdrawal_requested(event: WithdrawalRequested, work: UnitOfWork) -> list[Event]:
    return await arrivals.apply_withdrawal_requested(event, work)


@on(PeopleFlagged)
async def on_people_flagged(event: PeopleFlagged, work: UnitOfWork) -> list[Event]:
    return await flagging.apply_people_flagged(event, work)


@on(VoucherSubmitted)
async def on_voucher_submitted(event: VoucherSubmitted, work: UnitOfWork) -> None:
    await vouchers.add(work.connection, event.voucher_id, [paid.submission_no for paid in event.submissions])


@on(VoucherAccepted)
async def on_voucher_accepted(event: VoucherAccepted, work: UnitOfWork) -> None:
    numbers = [paid.submission_no for paid in event.submissions]
    await feeding_back.apply_voucher_accepted(numbers, event.accepted_at, work)


@on(VoucherRejected)
async def on_voucher_rejected(event: VoucherRejected, work: UnitOfWork) -> None:
    await feeding_back.apply_voucher_rejected(event.voucher_id, event.reason, event.rejected_at, work)
