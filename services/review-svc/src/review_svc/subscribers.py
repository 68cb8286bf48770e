"""What arrives, and the use case it is for."""

from chassis.subscriptions import Subscriptions
from chassis.work import Work
from contracts.enrollments import BatchSubmitted, WithdrawalRequested
from contracts.event import Event
from contracts.payments import VoucherAccepted
from review_svc.store import submissions
from review_svc.usecases import arrivals

on = Subscriptions()


@on(BatchSubmitted)
async def on_batch_submitted(event: BatchSubmitted, work: Work) -> None:
    await arrivals.take_part(event, work)


@on(WithdrawalRequested)
async def on_withdrawal_requested(event: WithdrawalRequested, work: Work) -> list[Event]:
    return await arrivals.answer_withdrawal(event, work)


@on(VoucherAccepted)
async def on_voucher_accepted(event: VoucherAccepted, work: Work) -> None:
    await submissions.feedback(work.connection, [paid.submission_no for paid in event.submissions], event.accepted_at)
