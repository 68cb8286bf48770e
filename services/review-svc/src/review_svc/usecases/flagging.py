"""Flags people whose employment status has changed while their line is under review (A54)."""

from chassis.database import UnitOfWork
from chassis.domain import NotFound
from contracts.enrollments import PeopleFlagged
from contracts.event import Event
from review_svc.domain.history import Happened
from review_svc.domain.people import flag_of
from review_svc.store import history, people
from review_svc.store import lines as store
from review_svc.usecases import notices

REGISTRY = "就业登记"


async def apply_people_flagged(event: PeopleFlagged, work: UnitOfWork) -> list[Event]:
    """Flag the people. A flag does not change the state of the line, because the reviewer decides.

    If the line is already completed, returned or withdrawn, nothing changes, because it is not under review.
    """
    rows = await store.lock_lines(work.connection, [event.line_id])
    if not rows:
        raise NotFound(line_id=str(event.line_id))
    line = store.line_of(rows[0])
    if not line.open:
        return []
    flags = [(flag.member_id, flag_of(flag.employment)) for flag in event.flags]
    changed = await people.flag(work.connection, line.line_id, flags)
    if not changed:
        return []
    flagged = sum(row["flag"] is not None for row in changed)
    await store.count_flags(work.connection, line.line_id, work.now)
    await history.note(
        work.connection, [line.line_id], Happened.PEOPLE_FLAGGED, at=event.flagged_at, account=REGISTRY,
        cause_id=work.cause_id, detail={"people": len(changed), "flagged": flagged},
    )  # fmt: skip
    # If more than 500 people of one line are flagged at once, several events (parts) report them. Only the first part
    # leads to a notice, so that the reviewer gets one notice. The notice counts only the people of the first part.
    if event.part.index or not flagged:
        return []
    return [notices.flagged(line.reviewer_id, line.batch_no, flagged, work)]
