"""The events that enrollment-svc consumes, each with its use case."""

from collections.abc import Sequence

from chassis.database import UnitOfWork
from chassis.messaging import Subscriptions
from contracts.event import Event
from contracts.members import MembersChanged, MembersImported, MembersRemoved, RemovalRequested
from contracts.payments import VoucherAccepted
from contracts.reviews import (
    BatchCompleted,
    BatchReassigned,
    BatchReturned,
    BatchWithdrawn,
    CenterConfirmed,
    CenterRejected,
    WithdrawalRefused,
)
from contracts.statuses import StatusesVerified
from enrollment_svc import poll_locks
from enrollment_svc.usecases.batches import decisions, flags, payments
from enrollment_svc.usecases.candidates import removals, roster, verification

on = Subscriptions()
on.locks(poll_locks.lock_rows)


@on(MembersImported)
async def on_members_imported(event: MembersImported, work: UnitOfWork) -> Sequence[Event]:
    return await roster.apply_members_imported(event, work)


@on(MembersChanged)
async def on_members_changed(event: MembersChanged, work: UnitOfWork) -> Sequence[Event]:
    return await roster.apply_members_changed(event, work)


@on(RemovalRequested)
async def on_removal_requested(event: RemovalRequested, work: UnitOfWork) -> Sequence[Event]:
    return [await removals.apply_removal_requested(event, work)]


@on(MembersRemoved)
async def on_members_removed(event: MembersRemoved, work: UnitOfWork) -> None:
    await roster.apply_members_removed(event, work)


@on(StatusesVerified)
async def on_statuses_verified(event: StatusesVerified, work: UnitOfWork) -> Sequence[Event]:
    notices = await verification.apply_statuses_verified(event, work)
    return [*notices, *await flags.apply_statuses_verified(event, work)]


@on(BatchReturned)
async def on_batch_returned(event: BatchReturned, work: UnitOfWork) -> None:
    await decisions.apply_batch_returned(event, work)


@on(BatchWithdrawn)
async def on_batch_withdrawn(event: BatchWithdrawn, work: UnitOfWork) -> None:
    await decisions.apply_batch_withdrawn(event, work)


@on(WithdrawalRefused)
async def on_withdrawal_refused(event: WithdrawalRefused, work: UnitOfWork) -> None:
    await decisions.apply_withdrawal_refused(event, work)


@on(BatchCompleted)
async def on_batch_completed(event: BatchCompleted, work: UnitOfWork) -> None:
    await decisions.apply_batch_completed(event, work)


@on(CenterConfirmed)
async def on_center_confirmed(event: CenterConfirmed, work: UnitOfWork) -> None:
    await decisions.apply_center_confirmed(event, work)


@on(CenterRejected)
async def on_center_rejected(event: CenterRejected, work: UnitOfWork) -> None:
    await decisions.apply_center_rejected(event, work)


@on(BatchReassigned)
async def on_batch_reassigned(event: BatchReassigned, work: UnitOfWork) -> None:
    await decisions.apply_batch_reassigned(event, work)


@on(VoucherAccepted)
async def on_voucher_accepted(event: VoucherAccepted, work: UnitOfWork) -> None:
    await payments.apply_voucher_accepted(event, work)
