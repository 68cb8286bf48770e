"""Applies the center's decision on a submission.

The center sends the decision in a callback, or in its answer to a job that asks for the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from chassis.database import UnitOfWork
from chassis.normalization import display_text
from contracts.event import Event
from contracts.fields import Shares
from contracts.reviews import CenterConfirmed, CenterRejected
from review_svc import metrics
from review_svc.domain import lines as line_rules
from review_svc.domain.history import Happened
from review_svc.domain.line_refusals import OwnSubmission
from review_svc.domain.submissions import (
    SUBMISSION,
    AlreadyConfirmed,
    DecisionDiffers,
    RejectionReasonMissing,
    SubmissionState,
    SubmissionUnknown,
)
from review_svc.store import history
from review_svc.store import lines as line_store
from review_svc.store import submissions as store
from review_svc.usecases import notices

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()

CENTER = "职保中心"
OWN_SUBMISSION = "不能确认或退回本人提交的参保信息，请由职保中心的其他账号办理"


@dataclass(frozen=True, slots=True)
class Decision:
    """The center's decision on a submission. `heads` and `fee` must equal the stored sums of the lines it decides.

    In a rejection, `line_ids` are the rejected lines. If `line_ids` is empty, the center rejects all lines that it has
    not rejected yet. A confirmation does not use `line_ids`, because it is for all lines that are not rejected.
    """

    submission_no: str
    version: int
    confirmed: bool
    heads: int
    fee: Shares
    line_ids: list[UUID] = field(default_factory=list)
    reason: str = ""
    decided_at: datetime | None = None


async def decide(decision: Decision, work: UnitOfWork) -> list[Event]:
    """Apply a decision once. A repeated decision changes nothing.

    Raises OwnSubmission or RejectionReasonMissing. Raises SubmissionUnknown, DecisionDiffers or AlreadyConfirmed if the
    records of the center and of this service differ. These three refusals are counted and logged for the operators.
    """
    try:
        row = await store.lock(work.connection, decision.submission_no)
        if row is None:
            raise SubmissionUnknown(submission_no=decision.submission_no)
        if row["version"] != decision.version:
            raise DecisionDiffers(submission_no=decision.submission_no, version=row["version"])
        await _require_other_account(row, work)
        return await (_confirm if decision.confirmed else _reject)(decision, row, work)
    except (SubmissionUnknown, DecisionDiffers, AlreadyConfirmed) as refusal:
        metrics.decisions_refused.labels(refusal.code).inc()
        log.error(
            "center_decision_refused", submission_no=decision.submission_no, code=refusal.code, differs=refusal.detail
        )
        raise


async def _require_other_account(row: "asyncpg.Record", work: UnitOfWork) -> None:
    """Raises OwnSubmission if the deciding account sent the submission, or submitted a line of it (D03)."""
    if work.actor is None:
        return
    account, number = work.actor.account, row["submission_no"]
    if account == row["submitted_by"] or await line_store.submitted_by(work.connection, number, account):
        raise OwnSubmission(OWN_SUBMISSION, submission_no=number)


async def _confirm(decision: Decision, row: "asyncpg.Record", work: UnitOfWork) -> list[Event]:
    state, fee = SubmissionState(row["state"]), _fee(row)
    if (decision.heads, decision.fee) != (row["heads"], fee):
        raise DecisionDiffers(state=state.value, heads=row["heads"], total_fen=fee.total_fen)
    if state is SubmissionState.CONFIRMED:
        return []
    after = SUBMISSION.after(state, "confirm", heads=row["heads"], total_fen=fee.total_fen)
    at = decision.decided_at or work.now
    await store.decide(work.connection, decision.submission_no, after, None, at, work.now)
    ids = [line["line_id"] for line in await store.lines_in(work.connection, decision.submission_no)]
    await _note(ids, Happened.CENTER_CONFIRMED, decision, work)
    event = CenterConfirmed(
        **_identifiers(decision, row), heads=row["heads"], fee=fee, due_fen=fee.due_fen, confirmed_at=at
    )  # fmt: skip
    return [event, notices.confirmed(event, work)]


async def _reject(decision: Decision, row: "asyncpg.Record", work: UnitOfWork) -> list[Event]:
    """Reject lines: they go back to the district's list 待审批, and keep their dates, price and city key (A53)."""
    lines = await store.all_lines(work.connection, decision.submission_no)
    remaining = {line["line_id"] for line in lines if line["state"] == "in"}
    decided = set(decision.line_ids) or remaining
    rejected = sorted(decided & remaining)
    if decided <= {line["line_id"] for line in lines} and not rejected:
        return []
    _require_same(decision, [line for line in lines if line["line_id"] in decided])
    rejects_all = len(rejected) == len(remaining)
    state = SUBMISSION.after(SubmissionState(row["state"]), "reject" if rejects_all else "reject_lines")
    if not display_text(decision.reason):
        raise RejectionReasonMissing
    at = decision.decided_at or work.now
    await store.drop_lines(work.connection, decision.submission_no, rejected, work.now)
    if rejects_all:
        await store.decide(work.connection, decision.submission_no, state, decision.reason, at, work.now)
    await _reopen(rejected, decision, work)
    # An event without line ids rejects all lines of the submission. Example: a submission has the lines A and B. The
    # center rejects A, and later B. The second event must list B. Otherwise it would reject A again, although the
    # district has possibly sent A in a new submission already.
    line_ids = [] if len(rejected) == len(lines) else rejected
    event = CenterRejected(**_identifiers(decision, row), line_ids=line_ids, reason=decision.reason, rejected_at=at)
    return [event, notices.rejected(event, len(rejected), work)]


async def _reopen(line_ids: Sequence[UUID], decision: Decision, work: UnitOfWork) -> None:
    rows = await line_store.lock_lines(work.connection, line_ids)
    [state] = {line_rules.reopen(line_store.line_of(row)) for row in rows}
    await line_store.reopen(work.connection, line_ids, state, work.now)
    await _note(line_ids, Happened.CENTER_REJECTED, decision, work)


def _require_same(decision: Decision, lines: Sequence["asyncpg.Record"]) -> None:
    """Raises DecisionDiffers if the decision does not fit `lines`.

    It does not fit if it names a line that is not in `lines`, or if its sums are not the sums of `lines`.
    """
    heads, fee = sum(line["heads"] for line in lines), sum((_fee(line) for line in lines), Shares.of())
    if len(lines) < len(set(decision.line_ids)) or (decision.heads, decision.fee) != (heads, fee):
        raise DecisionDiffers(lines=len(lines), heads=heads, total_fen=fee.total_fen)


async def _note(line_ids: Sequence[UUID], what: Happened, decision: Decision, work: UnitOfWork) -> None:
    await history.note(
        work.connection, line_ids, what, at=work.now, account=CENTER, cause_id=work.cause_id,
        reason=decision.reason or None, detail={"submission_no": decision.submission_no},
    )  # fmt: skip


def _identifiers(decision: Decision, row: "asyncpg.Record") -> dict[str, Any]:
    names = ("union_id", "year", "enrollment_type")
    return {"submission_no": decision.submission_no, "version": decision.version} | {name: row[name] for name in names}


def _fee(row: "asyncpg.Record") -> Shares:
    return Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"])
