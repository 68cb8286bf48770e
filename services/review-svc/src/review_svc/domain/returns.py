"""The rules of 退回: a reviewer returns a whole line or chosen people, with a reason (F211, F225, A16, A48, A49)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chassis.domain import Refusal
from chassis.normalization import display_text
from review_svc.domain.line_refusals import NothingTicked
from review_svc.domain.lines import LINE, Line, LineState, Reviewer, may_review, require_current


class ReasonMissing(Refusal):
    code = "REASON_MISSING"
    status = 422
    message = "请填写退回原因"


class PeopleUnknown(Refusal):
    code = "PEOPLE_NOT_IN_LINE"
    status = 422
    message = "所选人员不在该批次中，请刷新后重试"


def return_people(
    line: Line, chosen: Collection[UUID] | None, reason: str, *, reviewer: Reviewer, version: int
) -> LineState:
    """The line's state after `chosen` people are returned (None = all). If nobody is left, the whole line is returned.

    Only a line in 待审批 can be returned; a staged line must be unstaged first (A48). Raises StaleVersion, NotPending,
    ReasonMissing, NothingTicked, or a refusal of `may_review`.
    """
    may_review(line, reviewer)
    require_current(line, version)
    action = "return" if chosen is None or len(chosen) >= line.heads else "return_people"
    state = LINE.after(line.state, action, line_id=str(line.line_id))
    if not display_text(reason):
        raise ReasonMissing
    if chosen is not None and not chosen:
        # A screen on which no person is ticked sends an empty list. That is a mistake, so an empty list is refused and
        # does not return all people.
        raise NothingTicked
    return state


def crossed_half_year(submitted_at: datetime, now: datetime) -> bool:
    """Whether returned people who had cover for a full year get only a half year if they are submitted again (A49).

    True if the return is in July or later, and the submission was before July of the same year.
    """
    return (submitted_at.month <= 6 or submitted_at.year < now.year) and now.month > 6
