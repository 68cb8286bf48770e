"""The events that sample-svc consumes, each with its use case."""

from chassis.database import UnitOfWork
from chassis.messaging import Subscriptions
from contracts.event import Event
from contracts.payments import VoucherAccepted
from sample_svc import usecases

on = Subscriptions()


@on(VoucherAccepted)
async def on_voucher_accepted(event: VoucherAccepted, work: UnitOfWork) -> list[Event]:
    assert work.incoming is not None
    return await usecases.record(event, work.incoming, work)
