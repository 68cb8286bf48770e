"""A district's submission to the protection center: its states, and the rules for the lines that it contains."""

from collections.abc import Collection

from chassis.domain import Refusal, StateMachine, Transition
from contracts.words import Word


class SubmissionState(Word):
    """The state of a submission at the protection center (A23, A53). payment-svc has the states of the payment."""

    SUBMITTED = "submitted", "已提交职保中心"
    CONFIRMED = "confirmed", "职保中心已确认"
    REJECTED = "rejected", "职保中心退回"


class FeedbackResult(Word):
    """职保中心反馈: the center's feedback on the payment (F247, A24)."""

    ACCEPTED = "accepted", "核对一致"
    REJECTED = "rejected", "凭证退回"


class MixedTypes(Refusal):
    code = "MIXED_ENROLLMENT_TYPES"
    status = 422
    message = "集中参保与即时参保不能在同一次提交中，请分别提交"


class MixedYears(Refusal):
    code = "MIXED_YEARS"
    status = 422
    message = "一次提交只能包含同一保障年度的参保信息，请分别勾选后提交"


class TotalChanged(Refusal):
    code = "TOTAL_CHANGED"
    message = "待提交参保列表的人数或金额已发生变化，请刷新后重新确认"


class SubmissionUnknown(Refusal):
    code = "SUBMISSION_UNKNOWN"
    status = 404
    message = "没有该提交批次，请核对批次号后重试"


class DecisionDiffers(Refusal):
    code = "DECISION_DIFFERS"
    message = "职保中心的答复与本系统的批次、人数或金额不一致，请与职保中心核对后重新答复"


class AlreadyConfirmed(Refusal):
    code = "SUBMISSION_CONFIRMED"
    message = "职保中心已确认的批次不能再退回，请刷新后查看状态"


class RejectionReasonMissing(Refusal):
    code = "REASON_MISSING"
    status = 422
    message = "请填写职保中心退回的原因"


class NotConfirmed(Refusal):
    code = "SUBMISSION_NOT_CONFIRMED"
    message = "职保中心尚未确认该批次，不能反馈，请待确认后再反馈"


#: How the center's decisions and feedback change the state of a submission.
SUBMISSION = StateMachine(
    "district submission",
    SubmissionState,
    SubmissionState.SUBMITTED,
    (
        Transition("confirm", (SubmissionState.SUBMITTED,), SubmissionState.CONFIRMED, DecisionDiffers),
        Transition("reject_lines", (SubmissionState.SUBMITTED,), SubmissionState.SUBMITTED, AlreadyConfirmed),
        Transition("reject", (SubmissionState.SUBMITTED,), SubmissionState.REJECTED, AlreadyConfirmed),
        Transition("feed_back", (SubmissionState.CONFIRMED,), SubmissionState.CONFIRMED, NotConfirmed),
    ),
)


def require_one_kind(enrollment_type: str, types: Collection[str], years: Collection[int]) -> None:
    """One submission contains one 参保类型 and one year (A52). Raises MixedTypes or MixedYears."""
    if set(types) != {enrollment_type}:
        raise MixedTypes
    if len(set(years)) > 1:
        raise MixedYears(years=sorted(set(years)))
