"""The states of the money that a submission owes, and of a voucher, with their transitions."""

from chassis.domain import Refusal, StateMachine, Transition
from contracts.words import MatchResult, Word


class DueState(Word):
    """The state of the money that one submission owes. Only `payable` and `partly_paid` accept a voucher (F271)."""

    AWAITING_CONFIRMATION = "awaiting_confirmation", "待职保中心确认"
    REJECTED = "rejected", "职保中心退回"
    NOTHING_DUE = "nothing_due", "无需缴费"
    PAYABLE = "payable", "待缴费"
    PARTLY_PAID = "partly_paid", "部分缴费"
    VOUCHER_UPLOADED = "voucher_uploaded", "凭证已上传"
    SETTLED = "settled", "已缴费"


class VoucherState(Word):
    """The state of a voucher. In `submitted`, the voucher's money is reserved for the dues that it fills. In
    `rejected`, nothing is reserved any more.
    """

    SUBMITTED = "submitted", "待职保中心反馈"
    ACCEPTED = "accepted", "已核收"
    REJECTED = "rejected", "已退回"


class Agreement(Word):
    """The manual's two words for a voucher's amount: 核对一致, and 金额不符 if it is too low or too high (D22, A62)."""

    AGREES = "agrees", "核对一致"
    DIFFERS = "differs", "金额不符"

    @classmethod
    def of(cls, result: MatchResult) -> "Agreement":
        return cls.AGREES if result is MatchResult.MATCHED else cls.DIFFERS


class SubmissionNotPayable(Refusal):
    code = "SUBMISSION_NOT_PAYABLE"
    message = "所选批次中有尚未经职保中心确认、已缴清或正在缴费核对中的批次，请刷新后重新选择"


class NothingPending(Refusal):
    """The center decided a voucher, but a submission that the voucher fills is in a state without reserved money.

    For example, the submission is `settled`. In this case, the records of this service or of the center are wrong.
    """

    code = "NOTHING_PENDING"
    message = "该批次没有待核对的缴费凭证，请刷新后核对"


class CenterHasAnswered(Refusal):
    code = "CENTER_HAS_ANSWERED"
    message = "职保中心已对该批次作出答复，不能再次答复，请刷新后查看状态"


class VoucherAlreadyDecided(Refusal):
    code = "VOUCHER_ALREADY_DECIDED"
    message = "该缴费凭证已有反馈结果，不能更改，请刷新后查看结果"


class OwnVoucher(Refusal):
    """The account that uploaded a voucher must not decide it (D03)."""

    code = "OWN_SUBMISSION"
    status = 403
    message = "不能核对本人上传的缴费凭证，请由职保中心的其他账号核对"


_S = DueState
#: The states of the money that a submission owes. The upload and the decision of a voucher are refused if the state has
#: no transition for them. The events of review-svc can be applied in any order. So for these events no transition is
#: checked, and `Due.state` computes the state from all events that were applied. The transitions of the events (from
#: `confirm` to `submit_again`) are listed only because docs/state-machines.md shows them.
SUBMISSION: StateMachine[DueState] = StateMachine(
    "what a district submission owes",
    DueState,
    DueState.AWAITING_CONFIRMATION,
    [
        Transition("confirm", (_S.AWAITING_CONFIRMATION,), _S.PAYABLE, CenterHasAnswered),
        Transition("confirm_nothing_due", (_S.AWAITING_CONFIRMATION,), _S.NOTHING_DUE, CenterHasAnswered),
        Transition("reject", (_S.AWAITING_CONFIRMATION,), _S.REJECTED, CenterHasAnswered),
        Transition("submit_again", (_S.REJECTED,), _S.AWAITING_CONFIRMATION, CenterHasAnswered),
        Transition("fill_part", (_S.PAYABLE,), _S.PAYABLE, SubmissionNotPayable),
        Transition("fill_part", (_S.PARTLY_PAID,), _S.PARTLY_PAID, SubmissionNotPayable),
        Transition("fill_rest", (_S.PAYABLE, _S.PARTLY_PAID), _S.VOUCHER_UPLOADED, SubmissionNotPayable),
        Transition("pay_part", (_S.PAYABLE, _S.PARTLY_PAID), _S.PARTLY_PAID, NothingPending),
        Transition("pay_part", (_S.VOUCHER_UPLOADED,), _S.VOUCHER_UPLOADED, NothingPending),
        Transition("pay_rest", (_S.VOUCHER_UPLOADED,), _S.SETTLED, NothingPending),
        Transition("free", (_S.PAYABLE,), _S.PAYABLE, NothingPending),
        Transition("free", (_S.PARTLY_PAID,), _S.PARTLY_PAID, NothingPending),
        Transition("free_unpaid", (_S.VOUCHER_UPLOADED,), _S.PAYABLE, NothingPending),
        Transition("free_partly_paid", (_S.VOUCHER_UPLOADED,), _S.PARTLY_PAID, NothingPending),
    ],
)

#: A voucher is sent to the center once and decided once (F278).
VOUCHER: StateMachine[VoucherState] = StateMachine(
    "payment voucher",
    VoucherState,
    VoucherState.SUBMITTED,
    [
        Transition("accept", (VoucherState.SUBMITTED,), VoucherState.ACCEPTED, VoucherAlreadyDecided),
        Transition("reject", (VoucherState.SUBMITTED,), VoucherState.REJECTED, VoucherAlreadyDecided),
    ],
)
