"""A batch line under review: its states, its current reviewer, and the commands that the reviewer can send."""

from dataclasses import dataclass
from uuid import UUID

from chassis.domain import Forbidden, StaleVersion, StateMachine, Transition
from contracts.words import EnrollmentType, Word
from review_svc.domain.line_refusals import (
    LastReviewer,
    LineClosed,
    NotArriving,
    NotCompleted,
    NotLastReviewer,
    NotPending,
    NotStaged,
    NotWithdrawable,
    NotYourTurn,
    OwnSubmission,
)


class LineState(Word):
    """The states of a line, from the arrival of its first part to the end of its review (A14, A48–A50)."""

    #: Some parts of the line are missing, so no reviewer sees it.
    ARRIVING = "arriving", "接收中"
    PENDING = "pending", "待审批"
    STAGED = "staged", "待提交"
    COMPLETED = "completed", "已完成"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class UnitLineState(Word):
    """The states of a line in the words for the unit (A14)."""

    #: The current reviewing union is not the last in the chain (二级工会). Only review-svc shows this state.
    #: The submitting union sees the lists of enrollment-svc, which show a line in this state as 区局确认中.
    SECOND_LEVEL_REVIEW = "second_level_review", "二级审核中"
    IN_REVIEW = "in_review", "区局确认中"
    COMPLETED = "completed", "已完成"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


#: Every transition of a line. The functions in the rest of this module check who is allowed to make the transition.
LINE = StateMachine(
    "batch line under review",
    LineState,
    LineState.ARRIVING,
    (
        Transition("arrive", (LineState.ARRIVING,), LineState.PENDING, NotArriving),
        Transition("stage", (LineState.PENDING,), LineState.STAGED, NotPending),
        Transition("unstage", (LineState.STAGED,), LineState.PENDING, NotStaged),
        #: The line goes to the next reviewer of the chain.
        Transition("pass_up", (LineState.STAGED,), LineState.PENDING, NotStaged),
        Transition("submit", (LineState.STAGED,), LineState.COMPLETED, NotStaged),
        Transition("return_people", (LineState.PENDING,), LineState.PENDING, NotPending),
        Transition("return", (LineState.PENDING,), LineState.RETURNED, NotPending),
        Transition("withdraw", (LineState.PENDING,), LineState.WITHDRAWN, NotWithdrawable),
        Transition("reject", (LineState.COMPLETED,), LineState.PENDING, NotCompleted),
        Transition("reassign", (LineState.ARRIVING,), LineState.ARRIVING, LineClosed),
        Transition("reassign", (LineState.PENDING, LineState.STAGED), LineState.PENDING, LineClosed),
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """The data of a line that the rules need.

    `chain`: the ids of the reviewing unions, lowest first (A51). The chain is stored when the line is submitted. Later
    only a reassignment changes it.
    """

    line_id: UUID
    batch_no: str
    union_id: UUID
    unit_id: UUID
    enrollment_type: EnrollmentType
    chain: tuple[UUID, ...]
    step: int
    state: LineState
    version: int
    #: Whether a reviewing union has passed the line up, or the district has submitted it to the center.
    passed_up: bool
    heads: int
    submitted_by: str
    #: The union of the submitting account. It is the line's own union, or a superior that submitted on its behalf.
    #: None for lines that were stored before the table had this column.
    submitted_by_union_id: UUID | None = None

    @property
    def own_unions(self) -> tuple[UUID | None, ...]:
        """The union of the line, and the union of the submitting account. Neither union can review the line (D03)."""
        return self.union_id, self.submitted_by_union_id

    @property
    def reviewer_id(self) -> UUID:
        return self.chain[self.step]

    @property
    def at_last_step(self) -> bool:
        return self.step == len(self.chain) - 1

    @property
    def open(self) -> bool:
        """Whether the line is arriving, pending or staged."""
        return LINE.allows(self.state, "reassign")


@dataclass(frozen=True, slots=True)
class Reviewer:
    account: str
    union_id: UUID


def may_review(line: Line, reviewer: Reviewer) -> None:
    """Raises NotYourTurn if a union other than the reviewer's has to review the line now (D20).

    Raises OwnSubmission if the reviewer submitted the line, or if the reviewer's union is one of `own_unions` (D03).
    Raises Forbidden for a union without any relation to the line, as if the line did not exist (D02).
    """
    if reviewer.union_id not in (*line.chain, *line.own_unions):
        raise Forbidden
    if line.submitted_by == reviewer.account or reviewer.union_id in line.own_unions:
        raise OwnSubmission
    if line.reviewer_id != reviewer.union_id:
        raise NotYourTurn


def stage(line: Line, reviewer: Reviewer, version: int) -> LineState:
    """添加至待提交 (F210). Raises StaleVersion (D19) or NotPending."""
    may_review(line, reviewer)
    require_current(line, version)
    return _after(line, "stage")


def unstage(line: Line, reviewer: Reviewer, version: int) -> LineState:
    """移除: the line goes back to 待审批. It is not returned to the unit (F234)."""
    may_review(line, reviewer)
    require_current(line, version)
    return _after(line, "unstage")


def pass_up(line: Line, reviewer: Reviewer) -> LineState:
    """A second-level union's 提交: the line goes to the next reviewer of the chain (A15). Raises LastReviewer."""
    may_review(line, reviewer)
    state = _after(line, "pass_up")
    if line.at_last_step:
        raise LastReviewer(line_id=str(line.line_id))
    return state


def send_to_center(line: Line, reviewer: Reviewer) -> LineState:
    """Only the last union of the chain submits to the center (F208). Raises NotLastReviewer."""
    may_review(line, reviewer)
    if not line.at_last_step:
        raise NotLastReviewer
    return _after(line, "submit")


def reopen(line: Line) -> LineState:
    """Called when the center has rejected the line. The line goes back to the district's list 待审批 (A53)."""
    return _after(line, "reject")


def refusal_to_withdraw(line: Line) -> str | None:
    """The code of the reason why the line cannot be withdrawn now. None = it can be withdrawn (A50)."""
    if not LINE.allows(line.state, "withdraw"):
        return f"LINE_{line.state.value.upper()}"
    if line.step or line.passed_up:
        return "REVIEWER_HAS_ACTED"
    return None


def unit_state_of(state: LineState, *, at_last_step: bool) -> UnitLineState:
    """The state in the words for the unit. The unit sees a staged line as still under review (A14)."""
    if LINE.allows(state, "reassign"):
        return UnitLineState.IN_REVIEW if at_last_step else UnitLineState.SECOND_LEVEL_REVIEW
    return UnitLineState(state.value)


def require_current(line: Line, version: int) -> None:
    """Raises StaleVersion if the screen showed an older version of the line (D19)."""
    if line.version != version:
        raise StaleVersion(line_id=str(line.line_id), version=line.version)


def _after(line: Line, action: str) -> LineState:
    return LINE.after(line.state, action, line_id=str(line.line_id))
