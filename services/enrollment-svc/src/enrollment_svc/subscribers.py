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
on.locks(poll_locks.take)


@on(MembersImported)
async def on_members_imported(event: MembersImported, work: UnitOfWork) -> Sequence[Event]:
    return await roster.take_imported(event, work)


@on(MembersChanged)
async def on_members_changed(event: MembersChanged, work: UnitOfWork) -> Sequence[Event]:
    return await roster.take_changed(event, work)


@on(RemovalRequested)
async def on_removal_requested(event: RemovalRequested, work: UnitOfWork) -> Sequence[Event]:
    return [await removals.decide(event, work)]


@on(MembersRemoved)
async def on_members_removed(event: MembersRemoved, work: UnitOfWork) -> None:
    await roster.take_removed(event, work)


@on(StatusesVerified)
async def on_statuses_verified(event: StatusesVerified, work: UnitOfWork) -> Sequence[Event]:
    told = await verification.take_statuses(event, work)
    return [*told, *await flags.take_gone(event, work)]


@on(BatchReturned)
async def on_batch_returned(event: BatchReturned, work: UnitOfWork) -> None:
    await decisions.take_returned(event, work)


@on(BatchWithdrawn)
async def on_batch_withdrawn(event: BatchWithdrawn, work: UnitOfWork) -> None:
    await decisions.take_withdrawn(event, work)


@on(WithdrawalRefused)
async def on_withdrawal_refused(event: WithdrawalRefused, work: UnitOfWork) -> None:
    await decisions.take_withdrawal_refused(event, work)


@on(BatchCompleted)
async def on_batch_completed(event: BatchCompleted, work: UnitOfWork) -> None:
    await decisions.take_completed(event, work)


@on(CenterConfirmed)
async def on_center_confirmed(event: CenterConfirmed, work: UnitOfWork) -> None:
    await decisions.take_center_confirmed(event, work)


@on(CenterRejected)
async def on_center_rejected(event: CenterRejected, work: UnitOfWork) -> None:
    await decisions.take_center_rejected(event, work)


@on(BatchReassigned)
async def on_batch_reassigned(event: BatchReassigned, work: UnitOfWork) -> None:
    await decisions.take_reassigned(event, work)


@on(VoucherAccepted)
async def on_voucher_accepted(event: VoucherAccepted, work: UnitOfWork) -> None:
    await payments.take_accepted(event, work)
