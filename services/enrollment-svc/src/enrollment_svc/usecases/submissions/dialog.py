"""The dialog before 确定: a preview of the submission, without locks or changes (F177)."""

from dataclasses import dataclass
from datetime import datetime

from chassis.sql import Connection
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.refusals import PlanLocked
from enrollment_svc.domain.submissions.warnings import Warned, warned
from enrollment_svc.store.submissions import submissions
from enrollment_svc.usecases.submissions.selection import Selection, look
from enrollment_svc.usecases.submissions.terms import (
    SubmissionContext,
    SubmissionRequest,
    Terms,
    context,
    covered,
    terms_of,
)


@dataclass(frozen=True, slots=True)
class Dialog:
    """`heads` counts all ticked people; `heads_to_submit` and `fee` leave out `selection.refused`."""

    context: SubmissionContext
    terms: Terms
    selection: Selection
    warnings: list[Warned]

    @property
    def heads(self) -> int:
        return self.selection.ticked

    @property
    def heads_to_submit(self) -> int:
        return self.selection.heads

    @property
    def fee(self) -> Money:
        return self.terms.rate.money.times(self.heads_to_submit)


async def dialog(request: SubmissionRequest, connection: Connection, now: datetime) -> Dialog:
    """The dialog. Raises the same refusals as a submission at `now`, except that refused people are only listed."""
    found = await context(request, connection, now)
    covered(found, now)
    locked = await submissions.locked_plan(connection, request.union_id, found.year)
    if locked not in (None, request.plan):
        raise PlanLocked(plan=locked)
    selection = await look(found, connection, now)
    if not selection.heads:
        raise selection.refusal()
    terms = terms_of(found, now)
    members = selection.members
    before = await submissions.returned_before(connection, request.union_id, found.year, members)
    changed = await submissions.changed_since_confirmed(connection, found.year, members)
    terms_before = (one.term for one in before.values())
    return Dialog(found, terms, selection, warned(terms_before, terms.cover.term, changed))
