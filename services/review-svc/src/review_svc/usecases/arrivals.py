"""Stores lines, part by part, and answers requests to withdraw a line."""

from typing import TYPE_CHECKING

from chassis.database import UnitOfWork
from chassis.domain import NotFound
from contracts.enrollments import BatchSubmitted, WithdrawalRequested
from contracts.event import Event
from contracts.reviews import BatchWithdrawn, WithdrawalRefused
from review_svc.domain.history import Happened
from review_svc.domain.lines import LINE, LineState, refusal_to_withdraw
from review_svc.store import arrivals, history, people
from review_svc.store import lines as store
from review_svc.usecases import sealed_parts

if TYPE_CHECKING:
    import asyncpg


class LineIncomplete(ValueError):
    """All parts of a line have arrived, but they do not contain exactly the people of the line.

    The number of people in the parts differs from the line's heads, or a person came twice. The text of this error
    names no person.
    """


async def apply_batch_submitted(event: BatchSubmitted, work: UnitOfWork) -> None:
    """Store one part of a line. When all parts have arrived, the line is pending for its first reviewer."""
    await arrivals.open_line(work.connection, event, work.now)
    await _add_people(event, work)
    if event.part.index == 0:
        detail = {"heads": event.heads, "round": event.round, "replaces": event.replaces}
        await history.note(
            work.connection, [event.line_id], Happened.SUBMITTED, at=event.submitted_at, account=event.submitted_by,
            cause_id=work.cause_id, union_id=event.union_id, detail=detail,
        )  # fmt: skip
    complete = LINE.after(LineState.ARRIVING, "arrive")
    counts = await arrivals.count_part(work.connection, event.line_id, len(event.people), complete, work.now)
    if counts["parts_arrived"] == counts["parts_expected"]:
        await _require_everybody(event, counts, work)


async def _add_people(event: BatchSubmitted, work: UnitOfWork) -> None:
    part = people.PartKey(event.line_id, event.part.index)
    sealed = sealed_parts.seal(work.unseal_rows(event.sealed), len(event.people), part, work.row_cipher)
    await people.add_part(work.connection, part, event.people, sealed)


async def _require_everybody(event: BatchSubmitted, counts: "asyncpg.Record", work: UnitOfWork) -> None:
    """Raises LineIncomplete if too few or too many people arrived, or if a person came twice."""
    arrived, heads = counts["people_arrived"], counts["submitted_heads"]
    if event.part.count == 1:
        different = len({person.member_id for person in event.people})
    else:
        different = await people.count_different(work.connection, event.line_id)
    if (arrived, different) != (heads, heads):
        raise LineIncomplete(f"line {event.line_id}: {arrived} of {heads} people arrived, {different} different ones")


async def apply_withdrawal_requested(event: WithdrawalRequested, work: UnitOfWork) -> list[Event]:
    """Withdraw the line, or refuse the withdrawal (A50).

    The withdrawal is refused if the line is not 待审批, or if a reviewer has already passed the line up or submitted it
    to the center.
    """
    rows = await store.lock_lines(work.connection, [event.line_id])
    if not rows:
        raise NotFound(line_id=str(event.line_id))
    line = store.line_of(rows[0])
    identifiers = {
        "batch_no": line.batch_no,
        "line_id": line.line_id,
        "union_id": line.union_id,
        "unit_id": line.unit_id,
    }
    code = refusal_to_withdraw(line)
    if code is not None:
        await _note(event, Happened.WITHDRAWAL_REFUSED, work, {"code": code})
        return [WithdrawalRefused(**identifiers, code=code, refused_at=work.now)]
    await store.end_line(work.connection, line.line_id, LINE.after(line.state, "withdraw"), work.now)
    await _note(event, Happened.WITHDRAWN, work)
    return [BatchWithdrawn(**identifiers, withdrawn_at=work.now)]


async def _note(
    event: WithdrawalRequested, what: Happened, work: UnitOfWork, detail: dict[str, str] | None = None
) -> None:
    await history.note(
        work.connection, [event.line_id], what, at=work.now, account=event.requested_by,
        cause_id=work.cause_id, union_id=event.union_id, detail=detail,
    )  # fmt: skip
