"""Apply the center's feedback on vouchers to submitted lines."""

from chassis.database import UnitOfWork
from contracts.payments import VoucherAccepted
from enrollment_svc.store.batches import payments


async def apply_voucher_accepted(event: VoucherAccepted, work: UnitOfWork) -> None:
    """Store that these submissions are paid in full (A62). BatchCompleted of their lines may arrive later."""
    if event.settled:
        await payments.settle(work.connection, event.settled, event.accepted_at)
