"""The events that the service handles, and the use case for each."""

from chassis.database import UnitOfWork
from chassis.messaging import Subscriptions
from contracts.members import MembersImported
from contracts.statuses import CheckStatuses
from status_checker import usecases

on = Subscriptions()


@on(MembersImported)
async def on_members_imported(event: MembersImported, work: UnitOfWork) -> None:
    await usecases.check_imported(event, work)


@on(CheckStatuses)
async def on_check_statuses(event: CheckStatuses, work: UnitOfWork) -> None:
    await usecases.check_requested(event, work)
