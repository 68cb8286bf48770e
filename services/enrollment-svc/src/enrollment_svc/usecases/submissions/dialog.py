"""The dialog before 确定: a preview of the submission, without locks or changes (F177)."""

from dataclasses import dataclass
from datetime import datetime

from chassis.sql import Connection
from enrollment_svc.domain.rates.money import Money
from enrollment_svc.domain.refusals import PlanLocked
from enrollment_svc.domain.submissions.warnings import Warned, warnings_of
from enrollment_svc.store.submissions import submissions
from enrollment_svc.usecases.submissions.selection import Selection, select_unlocked
from enrollment_svc.usecases.submissions.terms import (
    SubmissionContext,
    SubmissionRequest,
    Terms,
    cover_of,
    load_context,
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
    """The dialog. Raises the same refusals as a submission at `now`. If only some people are refused, the dialog lists
    them.
    """
    context = await load_context(request, connection, now)
    cover_of(context, now)
    locked = await submissions.locked_plan(connection, request.union_id, context.year)
    if locked not in (None, request.plan):
        raise PlanLocked(plan=locked)
    selection = await select_unlocked(context, connection, now)
    if not selection.heads:
        raise selection.refusal()
    terms = terms_of(context, now)
    members = selection.members
    previous = await submissions.returned_before(connection, request.union_id, context.year, members)
    changed = await submissions.changed_since_confirmed(connection, context.year, members)
    previous_terms = (enrollment.term for enrollment in previous.values())
    return Dialog(context, terms, selection, warnings_of(previous_terms, terms.cover.term, changed))
