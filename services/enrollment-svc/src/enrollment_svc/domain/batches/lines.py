"""A batch line: the people of one unit and one channel in a batch. Its states are those that the unit sees."""

from collections.abc import Collection

from chassis.domain import StateMachine, Transition
from contracts.words import Word
from enrollment_svc.domain.refusals import (
    LineNotCompletable,
    LineNotReassignable,
    LineNotRejectable,
    LineNotReturnable,
    LineNotWithdrawn,
    NotWithdrawable,
)


class LineState(Word):
    """States as the submitting unit sees them (F183, F184, A14). review-svc divides them further."""

    IN_REVIEW = "in_review", "区局确认中"
    COMPLETED = "completed", "已完成"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class WithdrawalState(Word):
    """The state of the unit's request to withdraw a line (A50)."""

    REQUESTED = "requested", "撤回申请中"
    REFUSED = "refused", "撤回未通过"


class Happening(Word):
    """The kinds of events in a line's history."""

    SUBMITTED = "submitted", "提交至上级审核"
    PEOPLE_RETURNED = "people_returned", "部分人员已退回"
    RETURNED = "returned", "退回"
    COMPLETED = "completed", "提交至职保中心"
    CENTER_REJECTED = "center_rejected", "职保中心退回"
    WITHDRAWAL_REQUESTED = "withdrawal_requested", "申请撤回"
    WITHDRAWAL_REFUSED = "withdrawal_refused", "撤回未通过"
    WITHDRAWN = "withdrawn", "撤回"
    REASSIGNED = "reassigned", "审核单位变更"


class PersonState(Word):
    """The state of a person in a line. Only in the state `HELD` the person is in the unique index
    `enrollments_city_key`, which allows one live enrollment for each person and year (D16).
    """

    HELD = "held", "参保中"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


_IN_REVIEW, _COMPLETED = LineState.IN_REVIEW, LineState.COMPLETED
_LIVE = (_IN_REVIEW, _COMPLETED)

#: The state machine of a line. The actions with `_LIVE` are allowed in 已完成, too. Example: the center rejects a line,
#: then a reviewer returns the line. The key of CenterRejected is the submission number, the key of BatchReturned is the
#: batch number. So BatchReturned can arrive before CenterRejected, while the line is still 已完成 in this service
#: (A53).
LINE = StateMachine(
    "batch line, as its union sees it",
    LineState,
    _IN_REVIEW,
    (
        Transition("return_people", _LIVE, _IN_REVIEW, LineNotReturnable),
        Transition("return", _LIVE, LineState.RETURNED, LineNotReturnable),
        Transition("complete", _LIVE, _COMPLETED, LineNotCompletable),
        Transition("center_reject", (_COMPLETED,), _IN_REVIEW, LineNotRejectable),
        Transition("request_withdrawal", (_IN_REVIEW,), _IN_REVIEW, NotWithdrawable),
        Transition("withdraw", _LIVE, LineState.WITHDRAWN, LineNotWithdrawn),
        Transition("reassign", _LIVE, _IN_REVIEW, LineNotReassignable),
    ),
)

#: The state of a batch is the first of these states that at least one of its lines has.
_SHOWN_FIRST = (LineState.IN_REVIEW, LineState.COMPLETED, LineState.RETURNED, LineState.WITHDRAWN)


def batch_state(states: Collection[LineState]) -> LineState:
    """The state of a batch, from the states of its lines (A13)."""
    return next(state for state in _SHOWN_FIRST if state in states)


def states_before(action: str) -> list[LineState]:
    """The states in which the action is allowed. An SQL statement changes a line only in one of these states."""
    return [state for state in LineState if LINE.allows(state, action)]
