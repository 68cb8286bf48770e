"""One function for each event that payment-svc handles. It calls the use case."""

from chassis.database import UnitOfWork
from chassis.messaging import Subscriptions
from contracts.reviews import CenterConfirmed, CenterRejected, SubmittedToCenter
from payment_svc.usecases import dues

on = Subscriptions()


@on(SubmittedToCenter)
async def on_submitted_to_center(event: SubmittedToCenter, work: UnitOfWork) -> None:
    await dues.apply_submitted_to_center(event, work)


@on(CenterConfirmed)
async def on_center_confirmed(event: CenterConfirmed, work: UnitOfWork) -> None:
    await dues.apply_center_confirmed(event, work)


@on(CenterRejected)
async def on_center_rejected(event: CenterRejected, work: UnitOfWork) -> None:
    await dues.apply_center_rejected(event, work)
