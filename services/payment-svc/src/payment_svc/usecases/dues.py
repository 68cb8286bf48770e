"""Applies review-svc's events about a submission to the due: the money that the district owes for the submission."""

from dataclasses import replace

from chassis.database import UnitOfWork
from contracts.fields import Shares
from contracts.reviews import CenterConfirmed, CenterRejected, SubmittedToCenter
from payment_svc.domain.dues import Confirmed, Due, Rejected, Submitted, Sums
from payment_svc.store import dues, lines


class SumsDiffer(ValueError):
    """In the event, `due_fen` is not the sum of the district's and the units' shares."""


async def apply_submitted_to_center(event: SubmittedToCenter, work: UnitOfWork) -> None:
    """A district submitted to the center. Nothing is owed before the center confirms."""
    due = await dues.open_due(work.connection, event)
    await lines.put_lines(work.connection, event.submission_no, event.version, event.lines)
    await dues.name_union(work.connection, event.submission_no, event.union_name)
    submitted = Submitted(event.version, _sums(event.heads, event.fee), event.submitted_at)
    await _save(due.submit(submitted), work)


async def apply_center_confirmed(event: CenterConfirmed, work: UnitOfWork) -> None:
    """The center confirmed the submission. From now on the district owes the confirmed sums (A62)."""
    if event.fee.due_fen != event.due_fen:
        raise SumsDiffer(f"submission {event.submission_no}: due_fen is not district + unit")
    due = await dues.open_due(work.connection, event)
    await _save(due.confirm(Confirmed(event.version, _sums(event.heads, event.fee), event.confirmed_at)), work)


async def apply_center_rejected(event: CenterRejected, work: UnitOfWork) -> None:
    """The center rejected the whole submission or some of its lines (A53)."""
    due = await dues.open_due(work.connection, event)
    rejected = Rejected(event.version, event.reason, event.rejected_at, frozenset(event.line_ids))
    await _save(due.reject(rejected), work)


async def _save(due: Due, work: UnitOfWork) -> None:
    """Count the heads of the rejected lines again, then save the due.

    The events can be applied in any order. If `CenterRejected` is applied before the `SubmittedToCenter` that contains
    the rejected lines, these lines count as 0 heads until `SubmittedToCenter` is applied.
    """
    if due.rejected and due.rejected.line_ids:
        version, line_ids = due.rejected.version, list(due.rejected.line_ids)
        heads = await lines.heads_of_lines(work.connection, due.submission_no, version, line_ids)
        due = replace(due, rejected=replace(due.rejected, heads=heads))
    await dues.save_due(work.connection, due, work.now)


def _sums(heads: int, fee: Shares) -> Sums:
    return Sums(heads, fee.city_fen, fee.district_fen, fee.unit_fen)
