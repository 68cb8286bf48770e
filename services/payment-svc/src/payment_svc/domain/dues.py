"""The money that one submission owes the center, computed from review-svc's events and from the vouchers."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from payment_svc.domain.deadlines import last_day_to_pay
from payment_svc.domain.states import SUBMISSION, DueState


@dataclass(frozen=True, slots=True)
class Sums:
    """Heads of a submission, and the shares of city, district and unit in fen.

    The district does not owe the city share (F026).
    """

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
    """If `line_ids` is empty, the whole submission is rejected (A53).

    `heads`: how many people the lines in `line_ids` have; 0 if `line_ids` is empty.
    """

    version: int
    reason: str
    at: datetime
    line_ids: frozenset[UUID] = frozenset()
    heads: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """The money that one submission owes.

    `submitted`, `confirmed` and `rejected` come from three events, which can be applied in any order. `paid_fen`: the
    money of accepted vouchers. `pending_fen`: the money of vouchers that the center has not decided yet. So far every
    submission has only version 1, because a district submits rejected lines again under a new submission number (A53).
    """

    submission_no: str
    submitted: Submitted | None = None
    confirmed: Confirmed | None = None
    rejected: Rejected | None = None
    paid_fen: int = 0
    pending_fen: int = 0

    @property
    def in_force(self) -> Confirmed | None:
        """The confirmation of the latest version, or None. A confirmation of an older version does not count (A62)."""
        if self.submitted and self.confirmed and self.confirmed.version == self.submitted.version:
            return self.confirmed
        return None

    @property
    def sums(self) -> Sums:
        """The confirmed sums, which do not contain rejected lines. Before the confirmation: the submitted sums."""
        source = self.in_force or self.submitted
        return source.sums if source else Sums(0, 0, 0, 0)

    @property
    def due_fen(self) -> int:
        return self.sums.due_fen

    @property
    def open_fen(self) -> int:
        """The amount that no voucher covers yet. It is 0 until the center confirms, because nothing is due before."""
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
        """Whether a new voucher can fill this submission (F271)."""
        return SUBMISSION.allows(self.state, "fill_part")

    @property
    def due_on(self) -> date | None:
        """The last day to pay, or None if nothing is owed."""
        if self.in_force is None or self.due_fen == 0:
            return None
        return last_day_to_pay(self.in_force.at)

    def submit(self, submitted: Submitted) -> "Due":
        """Store the event's values, unless the stored values are of a later version."""
        if self.submitted and self.submitted.version > submitted.version:
            return self
        return replace(self, submitted=submitted)

    def confirm(self, confirmed: Confirmed) -> "Due":
        if self.confirmed and self.confirmed.version > confirmed.version:
            return self
        return replace(self, confirmed=confirmed)

    def reject(self, rejected: Rejected) -> "Due":
        """Store the rejection, unless the stored rejection is of a later version. If several events reject lines of the
        same version, all these lines are rejected.
        """
        before = self.rejected
        if before and before.version > rejected.version:
            return self
        if before and before.version == rejected.version and before.line_ids and rejected.line_ids:
            rejected = replace(rejected, line_ids=before.line_ids | rejected.line_ids)
        return replace(self, rejected=rejected)

    def reserve(self, amount_fen: int) -> "Due":
        """Reserve money for a voucher that is sent to the center. Raises SubmissionNotPayable."""
        after = replace(self, pending_fen=self.pending_fen + amount_fen)
        return self._to(after, "fill_part" if after.open_fen else "fill_rest")

    def pay(self, amount_fen: int) -> "Due":
        """Count reserved money as paid, because the center accepted the voucher. Raises NothingPending."""
        if not amount_fen:
            return self
        after = replace(self, pending_fen=self.pending_fen - amount_fen, paid_fen=self.paid_fen + amount_fen)
        return self._to(after, "pay_rest" if after.paid_fen == after.due_fen else "pay_part")

    def free(self, amount_fen: int) -> "Due":
        """Free reserved money, because the center rejected the voucher. Raises NothingPending."""
        if not amount_fen:
            return self
        after = replace(self, pending_fen=self.pending_fen - amount_fen)
        if self.open_fen:
            return self._to(after, "free")
        return self._to(after, "free_partly_paid" if self.paid_fen else "free_unpaid")

    def _to(self, after: "Due", action: str) -> "Due":
        """Check that the state machine allows the action, and that both the action and the sums give the same state."""
        state = SUBMISSION.after(self.state, action, submission_no=self.submission_no)
        assert after.state is state, f"{action} leads to {state.value}, but the sums lead to {after.state.value}"
        return after

    @property
    def _rejected_as_a_whole(self) -> bool:
        if self.rejected is None or self.submitted is None or self.rejected.version != self.submitted.version:
            return False
        return not self.rejected.line_ids or self.rejected.heads == self.submitted.sums.heads
