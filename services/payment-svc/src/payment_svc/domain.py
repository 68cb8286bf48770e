"""What a district owes the center, until when, and what a payment fills. No I/O, no clock of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.refusals import Refusal
from contracts.words import MatchResult, Word

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Calendar days after the center's confirmation (A62, D24).
DAYS_TO_PAY = 15


class DueState(Word):
    """Where the money of one submission stands. Only `payable` and `partly_paid` take a voucher."""

    AWAITING_CONFIRMATION = "awaiting_confirmation", "待职保中心确认"
    PAYABLE = "payable", "待缴费"
    PARTLY_PAID = "partly_paid", "部分缴费"
    SETTLED = "settled", "已缴费"
    REJECTED = "rejected", "职保中心退回"
    NOTHING_DUE = "nothing_due", "无需缴费"


class VoucherState(Word):
    """Where a voucher stands. `submitted` holds its money back from other vouchers, `rejected` has freed it."""

    SUBMITTED = "submitted", "待职保中心反馈"
    ACCEPTED = "accepted", "已核收"
    REJECTED = "rejected", "已退回"


class NoSubmissionChosen(Refusal):
    code = "NO_SUBMISSION_CHOSEN"
    status = 422
    message = "请至少选择一个批次"


class SubmissionNotPayable(Refusal):
    code = "SUBMISSION_NOT_PAYABLE"
    message = "所选批次中有尚未经职保中心确认、已缴清或正在缴费核对中的批次，请刷新后重新选择"


class AmountMismatchNeedsReason(Refusal):
    code = "AMOUNT_MISMATCH_NEEDS_REASON"
    status = 422
    message = "凭证金额与所选批次应缴金额不符，请填写原因后再提交"


class FileAlreadyUsed(Refusal):
    code = "FILE_ALREADY_USED"
    message = "该缴费凭证文件已经上传过，请勿重复上传"


class BankReferenceAlreadyUsed(Refusal):
    code = "BANK_REFERENCE_ALREADY_USED"
    message = "该银行流水号已经登记过，请核对后重新填写"


class PaidInFuture(Refusal):
    code = "PAID_ON_IN_FUTURE"
    status = 422
    message = "缴费日期不能晚于今天"


class VoucherAlreadyDecided(Refusal):
    code = "VOUCHER_ALREADY_DECIDED"
    message = "该缴费凭证已有反馈结果，不能更改"


@dataclass(frozen=True, slots=True)
class Sums:
    """Heads of a submission and who bears what, in fen. The city share is never billed (F026)."""

    heads: int
    city_fen: int
    district_fen: int
    unit_fen: int

    @property
    def due_fen(self) -> int:
        return self.district_fen + self.unit_fen


@dataclass(frozen=True, slots=True)
class Submitted:
    version: int
    sums: Sums
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirmed:
    version: int
    sums: Sums
    at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """No line ids = the whole submission. `heads` are those of the lines that were named (A53)."""

    version: int
    reason: str
    at: datetime
    line_ids: frozenset[UUID] = frozenset()
    heads: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What one submission owes. Built from three facts that may arrive in any order.

    `paid_fen` was accepted by the center; `pending_fen` lies in vouchers that it has not answered yet.
    """

    submission_no: str
    submitted: Submitted | None = None
    confirmed: Confirmed | None = None
    rejected: Rejected | None = None
    paid_fen: int = 0
    pending_fen: int = 0

    @property
    def in_force(self) -> Confirmed | None:
        """The confirmation, if it is of the version that was last submitted; another one owes nothing (A62)."""
        if self.submitted and self.confirmed and self.confirmed.version == self.submitted.version:
            return self.confirmed
        return None

    @property
    def sums(self) -> Sums:
        """The confirmed ones where there are any: rejected lines are not paid for."""
        stand = self.in_force or self.submitted
        return stand.sums if stand else Sums(0, 0, 0, 0)

    @property
    def due_fen(self) -> int:
        return self.sums.due_fen

    @property
    def open_fen(self) -> int:
        """What a voucher may still fill."""
        return self.due_fen - self.paid_fen - self.pending_fen if self.in_force else 0

    @property
    def state(self) -> DueState:
        if self.in_force is None:
            return DueState.REJECTED if self._rejected_as_a_whole else DueState.AWAITING_CONFIRMATION
        if self.due_fen == 0:
            return DueState.NOTHING_DUE
        if self.paid_fen == 0:
            return DueState.PAYABLE
        return DueState.SETTLED if self.paid_fen == self.due_fen else DueState.PARTLY_PAID

    @property
    def due_on(self) -> date | None:
        """The last day to pay; None where nothing is owed yet, or at all."""
        if self.in_force is None or self.due_fen == 0:
            return None
        return self.in_force.at.astimezone(SHANGHAI).date() + timedelta(days=DAYS_TO_PAY)

    def submit(self, submitted: Submitted) -> "Due":
        """A later version takes the place of an earlier one, never the other way round."""
        if self.submitted and self.submitted.version > submitted.version:
            return self
        return replace(self, submitted=submitted)

    def confirm(self, confirmed: Confirmed) -> "Due":
        if self.confirmed and self.confirmed.version > confirmed.version:
            return self
        return replace(self, confirmed=confirmed)

    def reject(self, rejected: Rejected) -> "Due":
        """Rejections of lines of one version add up."""
        before = self.rejected
        if before and before.version > rejected.version:
            return self
        if before and before.version == rejected.version and before.line_ids and rejected.line_ids:
            rejected = replace(rejected, line_ids=before.line_ids | rejected.line_ids)
        return replace(self, rejected=rejected)

    def reserve(self, amount_fen: int) -> "Due":
        """A voucher went to the center; its money is held back from other vouchers."""
        return replace(self, pending_fen=self.pending_fen + amount_fen)

    def pay(self, amount_fen: int) -> "Due":
        """The center accepted the voucher."""
        return replace(self, pending_fen=self.pending_fen - amount_fen, paid_fen=self.paid_fen + amount_fen)

    def free(self, amount_fen: int) -> "Due":
        """The center rejected the voucher: what it filled is open again."""
        return replace(self, pending_fen=self.pending_fen - amount_fen)

    @property
    def _rejected_as_a_whole(self) -> bool:
        if self.rejected is None or self.submitted is None or self.rejected.version != self.submitted.version:
            return False
        return not self.rejected.line_ids or self.rejected.heads == self.submitted.sums.heads


def overdue(due_on: date | None, state: DueState, now: datetime) -> bool:
    """From day 16 00:00 on, as long as something is owed (A62, D24)."""
    if due_on is None or state not in (DueState.PAYABLE, DueState.PARTLY_PAID):
        return False
    return now >= datetime.combine(due_on + timedelta(days=1), time(), SHANGHAI)


@dataclass(frozen=True, slots=True)
class Fill:
    """What a voucher puts on one submission: `due_fen` was open there before it."""

    submission_no: str
    version: int
    due_fen: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Filling:
    """A voucher's amount against what is open, and where its money goes."""

    result: MatchResult
    due_fen: int
    fills: Sequence[Fill] = field(default_factory=tuple)

    @property
    def filled_fen(self) -> int:
        """The rest of the amount is surplus: shown, counted nowhere (A62)."""
        return sum(fill.amount_fen for fill in self.fills)


def fill(dues: Iterable[Due], amount_fen: int) -> Filling:
    """Fill the ticked submissions, the oldest confirmation first (A62, D22).

    Raises SubmissionNotPayable for a submission on which nothing is open.
    """
    chosen = list(dues)
    _refuse_unpayable(chosen)
    left, fills = amount_fen, []
    for due in sorted(chosen, key=_age):
        amount = min(left, due.open_fen)
        left -= amount
        assert due.in_force is not None
        fills.append(Fill(due.submission_no, due.in_force.version, due.open_fen, amount))
    owed = sum(due.open_fen for due in chosen)
    return Filling(match(amount_fen, owed), owed, tuple(fills))


def match(amount_fen: int, due_fen: int) -> MatchResult:
    if amount_fen == due_fen:
        return MatchResult.MATCHED
    return MatchResult.SHORT if amount_fen < due_fen else MatchResult.OVER


def require_reason(filling: Filling, amount_fen: int, reason: str | None) -> None:
    """Short or over goes to the center only with a reason (A62)."""
    if filling.result is not MatchResult.MATCHED and not reason:
        raise AmountMismatchNeedsReason(
            due_fen=filling.due_fen, amount_fen=amount_fen, result=filling.result.value, label="金额不符"
        )


def require_paid(paid_on: date, now: datetime) -> None:
    if paid_on > now.astimezone(SHANGHAI).date():
        raise PaidInFuture(paid_on=paid_on.isoformat())


def _refuse_unpayable(dues: Sequence[Due]) -> None:
    if not dues:
        raise NoSubmissionChosen
    unpayable = [due for due in dues if due.open_fen <= 0]
    if unpayable:
        raise SubmissionNotPayable(
            submissions=[{"submission_no": due.submission_no, "state": due.state.value} for due in unpayable]
        )


def _age(due: Due) -> tuple[datetime, str]:
    assert due.in_force is not None
    return due.in_force.at, due.submission_no
