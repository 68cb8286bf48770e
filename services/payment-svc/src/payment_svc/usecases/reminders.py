"""Reminders to districts: three days before the last day to pay, and when that day has passed (D24, D06)."""

from collections.abc import Sequence

from chassis.database import UnitOfWork
from contracts.notices import PaymentNotice
from payment_svc.domain.deadlines import last_day_due_soon, last_overdue_day, today
from payment_svc.store.reminders import claim_due_soon, claim_overdue
from payment_svc.usecases import notices


async def remind(work: UnitOfWork) -> Sequence[PaymentNotice]:
    """One reminder for each submission that is due soon, and one when it is overdue.

    If a submission is overdue before the job runs for the first time, only the second reminder is sent.
    """
    now = work.now
    soon = await claim_due_soon(work.connection, today(now), last_day_due_soon(now), now)
    late = await claim_overdue(work.connection, last_overdue_day(now), now)
    return [*(notices.due_soon(now=now, **row) for row in soon), *(notices.overdue(now=now, **row) for row in late)]
