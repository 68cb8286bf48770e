"""The rules by which another union takes over the open lines of a closed reviewing union (A56)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.domain import Refusal
from chassis.normalization import display_text
from contracts.words import UnionType
from review_svc.domain.lines import LINE, Line, LineState

#: Only unions of these types submit to the protection center (F025, F208).
SUBMITTERS = (UnionType.DISTRICT, UnionType.INDUSTRY)


class UnionStillActive(Refusal):
    code = "UNION_STILL_ACTIVE"
    message = "该工会尚未撤销，其审核中的参保信息不能变更审核工会，请由该工会审核，或待其撤销后再变更"


class ReassignmentReasonMissing(Refusal):
    code = "REASON_MISSING"
    status = 422
    message = "请填写变更审核工会的原因"


class CannotReview(Refusal):
    code = "UNION_CANNOT_REVIEW"
    status = 422
    message = "所选工会不能审核：请选择未撤销、有审核人且支持参保的上级工会，不能是提交该参保信息的工会"


class MustSubmitToCenter(Refusal):
    code = "NOT_DISTRICT_UNION"
    status = 422
    message = "审核链的最后一级须为区局（产业）工会，请另选接收的工会"


class NotInChain(Refusal):
    code = "LINES_NOT_OF_UNION"
    status = 422
    message = "所选参保信息不经该工会审核，或已由其审核完毕，请刷新后重试"


class NoOpenLines(Refusal):
    code = "NO_OPEN_LINES"
    message = "该工会没有审核中的参保信息，无需变更"


@dataclass(frozen=True, slots=True)
class ReviewingUnion:
    """A union, with the data that decide whether the union can review."""

    union_id: UUID
    union_type: UnionType
    active: bool
    has_reviewer: bool

    @property
    def may_review(self) -> bool:
        fits = self.union_type.supported and self.union_type is not UnionType.MUNICIPAL
        return fits and self.active and self.has_reviewer


def require_reassignable(closed: ReviewingUnion, successor: ReviewingUnion, reason: str) -> None:
    """Raises UnionStillActive, CannotReview or ReassignmentReasonMissing."""
    if not display_text(reason):
        raise ReassignmentReasonMissing
    if closed.active:
        raise UnionStillActive
    if not successor.may_review:
        raise CannotReview


def reassigned(line: Line, closed: UUID, successor: ReviewingUnion) -> tuple[tuple[UUID, ...], LineState]:
    """The line's chain (its reviewing unions, in order) and its state after `successor` has replaced the union
    `closed`.

    `successor` takes the place of `closed` in the chain. If `successor` already is the reviewer of the current step or
    of a later step, `closed` is only removed. A line that the closed union had staged is pending again. A line that had
    not reached the closed union keeps its state. Raises LineClosed, NotInChain, CannotReview or MustSubmitToCenter.
    """
    state = LINE.after(line.state, "reassign", line_id=str(line.line_id))
    ahead = line.chain[line.step :]
    if closed not in ahead:
        raise NotInChain(line_id=str(line.line_id))
    if successor.union_id in (*line.chain[: line.step], *line.own_unions):
        raise CannotReview(line_id=str(line.line_id))
    if successor.union_id in ahead:
        new_ahead = _without(ahead, closed)
    else:
        new_ahead = tuple(successor.union_id if step == closed else step for step in ahead)
    if new_ahead[-1] == successor.union_id and successor.union_type not in SUBMITTERS:
        raise MustSubmitToCenter(line_id=str(line.line_id))
    untouched = closed != line.reviewer_id
    return line.chain[: line.step] + new_ahead, line.state if untouched else state


def _without(ahead: Sequence[UUID], closed: UUID) -> tuple[UUID, ...]:
    return tuple(step for step in ahead if step != closed)
