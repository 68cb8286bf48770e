"""Record the submissions to the center that are paid, because the center has accepted their vouchers."""

from chassis.database import UnitOfWork
from contracts.payments import VoucherAccepted
from enrollment_svc.store.batches import payments


async def apply_voucher_accepted(event: VoucherAccepted, work: UnitOfWork) -> None:
    """Store the numbers of the submissions that are now paid in full (A62).

    The numbers are not stored in the lines, because only BatchCompleted says in which submission a line is, and
    BatchCompleted can arrive later than this event.
    """
    if event.settled:
        await payments.settle(work.connection, event.settled, event.accepted_at)
