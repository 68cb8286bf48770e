"""What the center's feedback to vouchers means for our lines."""

from chassis.database import UnitOfWork
from contracts.payments import VoucherAccepted
from enrollment_svc.store.batches import payments


async def take_accepted(event: VoucherAccepted, work: UnitOfWork) -> None:
    """The money of these submissions arrived in full (A62); lines may be told of their submission later."""
    if event.settled:
        await payments.settle(work.connection, event.settled, event.accepted_at)
