"""Reminders to districts: one in the last three days before the last day to pay, and one after this day (D24, D06)."""

from collections.abc import Sequence

from chassis.database import UnitOfWork
from contracts.notices import PaymentNotice
from payment_svc.domain.deadlines import last_day_due_soon, last_overdue_day, today
from payment_svc.store.reminders import claim_due_soon, claim_overdue
from payment_svc.usecases import notices


async def remind(work: UnitOfWork) -> Sequence[PaymentNotice]:
    """Remind a district of a due with `open_fen` > 0: once when the due is due soon, and once when it is overdue.

    A due is due soon from three days before its last day to pay up to and including this last day. If the job did not
    run in this time, the district gets only the overdue reminder.
    """
    now = work.now
    soon = await claim_due_soon(work.connection, today(now), last_day_due_soon(now), now)
    late = await claim_overdue(work.connection, last_overdue_day(now), now)
    return [*(notices.due_soon(now=now, **row) for row in soon), *(notices.overdue(now=now, **row) for row in late)]
