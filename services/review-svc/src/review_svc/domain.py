"""Batch lines under review and district submissions: states, transitions, refusals, numbers."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.refusals import Invalid, Refusal, StaleVersion
from contracts.words import EnrollmentType, Word


class LineState(Word):
    """A line from its first part to its end (state table; A14, A48–A50)."""

    #: Not all parts are here; no reviewer sees it.
    ARRIVING = "arriving", "接收中"
    PENDING = "pending", "待审批"
    STAGED = "staged", "待提交"
    COMPLETED = "completed", "已完成"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class SubmissionState(Word):
    """A district's submission at the protection center (A23, A53)."""

    SUBMITTED = "submitted", "已提交职保中心"
    CONFIRMED = "confirmed", "职保中心已确认"
    REJECTED = "rejected", "职保中心退回"


class NotYourTurn(Refusal):
    code = "NOT_YOUR_TURN"
    status = 403
    message = "该批次当前不由您所在的工会审核"


class OwnSubmission(Refusal):
    code = "OWN_SUBMISSION"
    status = 403
    message = "不能审核本人或本单位提交的参保信息"


class NotPending(Refusal):
    code = "LINE_NOT_PENDING"
    message = "该批次不在待审批参保列表中，请刷新后重试；已添加至待提交的请先移除"


class NotStaged(Refusal):
    code = "LINE_NOT_STAGED"
    message = "该批次不在待提交参保列表中，请刷新后重试"


class NothingTicked(Refusal):
    code = "SELECTION_EMPTY"
    status = 422
    message = "请先勾选要操作的参保信息！"


class NothingStaged(Refusal):
    code = "NOTHING_STAGED"
    message = "待提交参保列表中没有参保信息，请先添加至待提交！"


class ReasonMissing(Refusal):
    code = "REASON_MISSING"
    status = 422
    message = "请填写退回原因"


class PeopleUnknown(Refusal):
    code = "PEOPLE_NOT_IN_LINE"
    status = 422
    message = "所选人员不在该批次中，请刷新后重试"


class NotLastReviewer(Refusal):
    code = "NOT_DISTRICT_UNION"
    status = 403
    message = "只有区局（产业）工会可以提交至职保中心"


class LastReviewer(Refusal):
    code = "NO_SUPERIOR"
    message = "本工会已是区局（产业）工会，请提交至职保中心"


class MixedTypes(Refusal):
    code = "MIXED_ENROLLMENT_TYPES"
    status = 422
    message = "集中参保与即时参保不能在同一次提交中，请分别提交"


class DecisionDiffers(Refusal):
    code = "DECISION_DIFFERS"
    message = "职保中心的答复与本系统的批次、人数或金额不一致"


class AlreadyConfirmed(Refusal):
    code = "SUBMISSION_CONFIRMED"
    message = "职保中心已确认的批次不能再退回"


class TotalChanged(Refusal):
    code = "TOTAL_CHANGED"
    message = "待提交参保列表的人数或金额已发生变化，请刷新后重新确认"


class SubmissionUnknown(Refusal):
    code = "SUBMISSION_UNKNOWN"
    status = 404
    message = "没有该提交批次"


@dataclass(frozen=True, slots=True)
class Line:
    """What decisions about a line need. `chain` is frozen: reviewing union ids, lowest first."""

    line_id: UUID
    batch_no: str
    union_id: UUID
    unit_id: UUID
    enrollment_type: EnrollmentType
    chain: tuple[UUID, ...]
    step: int
    state: LineState
    version: int
    passed_up: bool
    heads: int
    submitted_by: str

    @property
    def reviewer_id(self) -> UUID:
        return self.chain[self.step]

    @property
    def at_last_step(self) -> bool:
        return self.step == len(self.chain) - 1


@dataclass(frozen=True, slots=True)
class Reviewer:
    account: str
    union_id: UUID


def may_review(line: Line, reviewer: Reviewer) -> None:
    """Whose turn it is; nobody reviews what he or his own union submitted (D03, D20).

    Raises NotYourTurn or OwnSubmission.
    """
    if line.reviewer_id != reviewer.union_id:
        raise NotYourTurn
    if line.submitted_by == reviewer.account or line.union_id == reviewer.union_id:
        raise OwnSubmission


def stage(line: Line, reviewer: Reviewer, version: int) -> None:
    """添加至待提交 (F210). Raises StaleVersion (D19) or NotPending."""
    may_review(line, reviewer)
    _current(line, version)
    if line.state is not LineState.PENDING:
        raise NotPending(line_id=str(line.line_id), state=line.state.value)


def unstage(line: Line, reviewer: Reviewer, version: int) -> None:
    """移除: back to the pending list, no return (F234)."""
    may_review(line, reviewer)
    _current(line, version)
    _staged(line)


def pass_up(line: Line, reviewer: Reviewer) -> None:
    """A second-level union's 提交: on to the next reviewer of the chain (A15). Raises LastReviewer."""
    may_review(line, reviewer)
    _staged(line)
    if line.at_last_step:
        raise LastReviewer(line_id=str(line.line_id))


def send_to_center(line: Line, reviewer: Reviewer) -> None:
    """Only the end of the chain submits to the center (F208). Raises NotLastReviewer."""
    may_review(line, reviewer)
    _staged(line)
    if not line.at_last_step:
        raise NotLastReviewer


def give_back(line: Line, reviewer: Reviewer, version: int, reason: str) -> None:
    """退回, from 待审批 only, with a reason (F225, A16, A48)."""
    may_review(line, reviewer)
    _current(line, version)
    if line.state is not LineState.PENDING:
        raise NotPending(line_id=str(line.line_id), state=line.state.value)
    if not reason.strip():
        raise ReasonMissing


def refusal_to_withdraw(line: Line) -> str | None:
    """Why a line cannot be withdrawn now; None when it can (A50)."""
    if line.state is LineState.STAGED:
        return "LINE_STAGED"
    if line.state is not LineState.PENDING:
        return f"LINE_{line.state.value.upper()}"
    if line.step or line.passed_up:
        return "REVIEWER_HAS_ACTED"
    return None


def _current(line: Line, version: int) -> None:
    if line.version != version:
        raise StaleVersion(line_id=str(line.line_id), version=line.version)


def _staged(line: Line) -> None:
    if line.state is not LineState.STAGED:
        raise NotStaged(line_id=str(line.line_id), state=line.state.value)


#: Sequences that begin with 9: 9000–9999, then 90000–99999, … (A23); unit batches leave them out.
FIRST_BLOCK = 1000


def submission_number(day: date, count: int) -> str:
    """The count-th submission of a day (1 = first): CB + date + a sequence that begins with 9."""
    block, start = FIRST_BLOCK, 9 * FIRST_BLOCK
    left = count - 1
    while left >= block:
        left -= block
        block, start = block * 10, start * 10
    return f"CB{day:%Y%m%d}{start + left}"


#: ASCII digits only: `\d` would let full-width ones through to the center.
MOBILE = re.compile(r"1[3-9][0-9]{9}")
COUNTRY = re.compile(r"^(\+|00)?86(?=1[0-9]{10}$)")
EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 50


@dataclass(frozen=True, slots=True)
class Handler:
    """经办人信息 of a submission (F239–F242). Personal data: sealed at rest, sent to the center only."""

    name: str
    mobile: str
    email: str


def checked_handler(name: str, mobile: str, email: str) -> Handler:
    """Raises Invalid that names the fields."""
    name, email = name.strip(), email.strip()
    mobile = COUNTRY.sub("", re.sub(r"[\s-]", "", mobile))
    wrong = {}
    if not 0 < len(name) <= LONGEST_NAME:
        wrong["name"] = "请填写经办人姓名"
    if not MOBILE.fullmatch(mobile):
        wrong["mobile"] = "请填写正确的手机号"
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        wrong["email"] = "请填写正确的电子邮箱"
    if wrong:
        raise Invalid("请填写当前批次经办人信息", fields=wrong)
    return Handler(name, mobile, email)


def crossed_half_year(submitted_at: datetime, now: datetime) -> bool:
    """Whether a return makes a resubmission fall into the half-year term (A49)."""
    return (submitted_at.month <= 6 or submitted_at.year < now.year) and now.month > 6
