"""The center's answer, whether it calls back or is asked."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.work import Work
from contracts.event import Event
from contracts.fields import Shares
from contracts.reviews import CenterConfirmed, CenterRejected

from review_svc.domain import DecisionDiffers, SubmissionState, SubmissionUnknown
from review_svc.store import lines as line_store
from review_svc.store import submissions as store

if TYPE_CHECKING:
    import asyncpg

CENTER = "职保中心"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the center says of a version. `line_ids` empty = all its lines; `heads` and `fee` are those decided."""

    submission_no: str
    version: int
    confirmed: bool
    heads: int
    fee: Shares
    line_ids: list[UUID] = field(default_factory=list)
    reason: str = ""


async def decide(decision: Decision, work: Work) -> list[Event]:
    """Apply an answer once; the same answer again changes nothing. Raises SubmissionUnknown or DecisionDiffers."""
    row = await store.lock(work.connection, decision.submission_no)
    if row is None:
        raise SubmissionUnknown(submission_no=decision.submission_no)
    if row["version"] != decision.version:
        raise DecisionDiffers(submission_no=decision.submission_no, version=row["version"])
    state = SubmissionState(row["state"])
    if decision.confirmed:
        return await _confirm(decision, row, state, work)
    return await _reject(decision, row, state, work)


async def _confirm(decision: Decision, row: "asyncpg.Record", state: SubmissionState, work: Work) -> list[Event]:
    fee = Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"])
    if (decision.heads, decision.fee) != (row["heads"], fee) or state is SubmissionState.REJECTED:
        raise DecisionDiffers(submission_no=decision.submission_no, heads=row["heads"], total_fen=fee.total_fen)
    if state is SubmissionState.CONFIRMED:
        return []
    await store.decide(work.connection, decision.submission_no, SubmissionState.CONFIRMED, None, work.now)
    return [
        CenterConfirmed(
            submission_no=decision.submission_no,
            version=decision.version,
            union_id=row["union_id"],
            year=row["year"],
            enrollment_type=row["enrollment_type"],
            heads=row["heads"],
            fee=fee,
            due_fen=fee.due_fen,
            confirmed_at=work.now,
        )
    ]


async def _reject(decision: Decision, row: "asyncpg.Record", state: SubmissionState, work: Work) -> list[Event]:
    """Rejected lines go back to the district's 待审批; dates, price and city key are kept (A53)."""
    standing = {line["line_id"] for line in await store.lines_in(work.connection, decision.submission_no)}
    fallen = standing & set(decision.line_ids) if decision.line_ids else standing
    if not fallen:
        return []
    if state is SubmissionState.CONFIRMED:
        raise DecisionDiffers("职保中心已确认的批次不能再退回", submission_no=decision.submission_no)
    ids = sorted(fallen)
    left = await store.drop_lines(work.connection, decision.submission_no, ids, work.now)
    if not left["heads"]:
        await store.decide(work.connection, decision.submission_no, SubmissionState.REJECTED, decision.reason, work.now)
    await line_store.reopen(work.connection, ids, work.now)
    await line_store.note(
        work.connection, ids, "center_rejected", at=work.now, account=CENTER, reason=decision.reason,
        detail={"submission_no": decision.submission_no},
    )  # fmt: skip
    return [
        CenterRejected(
            submission_no=decision.submission_no,
            version=decision.version,
            union_id=row["union_id"],
            year=row["year"],
            enrollment_type=row["enrollment_type"],
            line_ids=ids if left["heads"] else [],
            reason=decision.reason,
            rejected_at=work.now,
        )
    ]
