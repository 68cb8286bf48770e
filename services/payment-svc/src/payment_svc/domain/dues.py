"""What one submission owes the center, from three facts in any order and the vouchers that fill it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from payment_svc.domain.deadlines import last_day_to_pay
from payment_svc.domain.states import SUBMISSION, DueState


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
        if self.open_fen > 0:
            return DueState.PARTLY_PAID if self.paid_fen else DueState.PAYABLE
        return DueState.VOUCHER_UPLOADED if self.pending_fen else DueState.SETTLED

    @property
    def payable(self) -> bool:
        """Whether a voucher may be put on it (F271)."""
        return SUBMISSION.allows(self.state, "fill_part")

    @property
    def due_on(self) -> date | None:
        """The last day to pay; None where nothing is owed yet, or at all."""
        if self.in_force is None or self.due_fen == 0:
            return None
        return last_day_to_pay(self.in_force.at)

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
        """A voucher went to the center; its money is held back from other vouchers. Raises SubmissionNotPayable."""
        after = replace(self, pending_fen=self.pending_fen + amount_fen)
        return self._to(after, "fill_part" if after.open_fen else "fill_rest")

    def pay(self, amount_fen: int) -> "Due":
        """The center accepted the voucher. Raises NothingPending."""
        if not amount_fen:
            return self
        after = replace(self, pending_fen=self.pending_fen - amount_fen, paid_fen=self.paid_fen + amount_fen)
        return self._to(after, "pay_rest" if after.paid_fen == after.due_fen else "pay_part")

    def free(self, amount_fen: int) -> "Due":
        """The center rejected the voucher: what it filled is open again. Raises NothingPending."""
        if not amount_fen:
            return self
        after = replace(self, pending_fen=self.pending_fen - amount_fen)
        if self.open_fen:
            return self._to(after, "free")
        return self._to(after, "free_partly_paid" if self.paid_fen else "free_unpaid")

    def _to(self, after: "Due", action: str) -> "Due":
        """The act as the machine has it; the sums must say the same."""
        state = SUBMISSION.after(self.state, action, submission_no=self.submission_no)
        assert after.state is state, f"{action} leads to {state.value}, and the sums to {after.state.value}"
        return after

    @property
    def _rejected_as_a_whole(self) -> bool:
        if self.rejected is None or self.submitted is None or self.rejected.version != self.submitted.version:
            return False
        return not self.rejected.line_ids or self.rejected.heads == self.submitted.sums.heads
