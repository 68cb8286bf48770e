"""How a voucher's amount is divided among submissions, and whether the amount matches what the submissions owe.

See A62 and D22. A voucher fills a submission if some of the voucher's money pays this submission. This money is a
`Fill`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from chassis.domain import Refusal
from chassis.normalization import display_text
from contracts.words import MatchResult
from payment_svc.domain.deadlines import today
from payment_svc.domain.dues import Due
from payment_svc.domain.states import Agreement, SubmissionNotPayable


class NoSubmissionChosen(Refusal):
    code = "NO_SUBMISSION_CHOSEN"
    status = 422
    message = "请至少选择一个批次"


class AmountMismatchNeedsReason(Refusal):
    code = "AMOUNT_MISMATCH_NEEDS_REASON"
    status = 422
    message = "金额不符：凭证金额与所选批次应缴金额不一致，请核对金额，确认无误的请填写原因后再提交"


class PaidInFuture(Refusal):
    code = "PAID_ON_IN_FUTURE"
    status = 422
    message = "缴费日期不能晚于今天，请核对后重新填写"


@dataclass(frozen=True, slots=True)
class Fill:
    """The money of a voucher that pays one submission: `amount_fen`.

    `due_fen`: the submission's `open_fen` before the voucher is counted.
    """

    submission_no: str
    version: int
    due_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Filling:
    """How a voucher's amount is divided among submissions.

    `due_fen`: the sum of the submissions' `open_fen` before the voucher is counted.
    """

    result: MatchResult
    due_fen: int
    fills: Sequence[Fill] = field(default_factory=tuple)

    @property
    def filled_fen(self) -> int:
        """The money that pays submissions. The rest of the amount is surplus: shown, but not counted (A62)."""
        return sum(fill.amount_fen for fill in self.fills)

    @property
    def agreement(self) -> Agreement:
        return Agreement.of(self.result)


def fill(dues: Iterable[Due], amount_fen: int) -> Filling:
    """Divide the amount among the ticked submissions, in the order of their confirmation (A62, D22).

    Raises NoSubmissionChosen, or SubmissionNotPayable if a submission accepts no voucher.
    """
    chosen = list(dues)
    _refuse_unpayable(chosen)
    remaining, fills = amount_fen, []
    for due in sorted(chosen, key=_confirmation_order):
        amount = min(remaining, due.open_fen)
        remaining -= amount
        assert due.in_force is not None
        fills.append(Fill(due.submission_no, due.in_force.version, due.open_fen, amount))
    owed = sum(due.open_fen for due in chosen)
    return Filling(match(amount_fen, owed), owed, tuple(fills))


def match(amount_fen: int, due_fen: int) -> MatchResult:
    if amount_fen == due_fen:
        return MatchResult.MATCHED
    return MatchResult.SHORT if amount_fen < due_fen else MatchResult.OVER


def require_reason(filling: Filling, amount_fen: int, reason: str | None) -> None:
    """An amount that does not match needs a reason (A62). Raises AmountMismatchNeedsReason."""
    if filling.result is not MatchResult.MATCHED and not display_text(reason or ""):
        raise AmountMismatchNeedsReason(
            due_fen=filling.due_fen,
            amount_fen=amount_fen,
            result=filling.result.value,
            label=filling.agreement.label,
        )


def require_paid(paid_on: date, now: datetime) -> None:
    """Raises PaidInFuture if the payment's date is after today."""
    if paid_on > today(now):
        raise PaidInFuture(paid_on=paid_on.isoformat())


def _refuse_unpayable(dues: Sequence[Due]) -> None:
    if not dues:
        raise NoSubmissionChosen
    unpayable = [due for due in dues if not due.payable]
    if unpayable:
        raise SubmissionNotPayable(
            submissions=[
                {"submission_no": due.submission_no, "state": due.state.value, "label": due.state.label}
                for due in unpayable
            ]
        )


def _confirmation_order(due: Due) -> tuple[datetime, str]:
    assert due.in_force is not None
    return due.in_force.at, due.submission_no
