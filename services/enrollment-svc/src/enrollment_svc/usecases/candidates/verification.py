"""Apply the registries' answers, which move people between the lists."""

from uuid import UUID, uuid5

from chassis.database import UnitOfWork
from contracts.notices import EnrollmentNotice
from contracts.statuses import StatusesVerified, VerifiedStatus
from contracts.words import NoticeKind, Role
from enrollment_svc.domain.candidates.placement import placement
from enrollment_svc.domain.candidates.statuses import NOTHING_KNOWN, Statuses, newer
from enrollment_svc.store.candidates import candidates, checks
from enrollment_svc.store.candidates.candidates import StoredCandidate, Verified


async def take_statuses(event: StatusesVerified, work: UnitOfWork) -> list[EnrollmentNotice]:
    """Store the statuses and the placements that follow from them. No command of a user is needed (F100, F118).

    Statuses and members have different topics. A status that arrives before its member is stored until then.
    """
    connection = work.connection
    await candidates.lock_units(connection, [event.unit_id])
    told = {status.member_id: _told(event, status) for status in event.statuses}
    known = await candidates.stored(connection, list(told))
    moved = [_verified(known[member_id], told[member_id], member_id) for member_id in known]
    if changed := [person for person in moved if person.statuses != known[person.member_id].statuses]:
        await candidates.verify(connection, changed)
    early = {m: statuses for m, statuses in told.items() if m not in known and statuses != NOTHING_KNOWN}
    if early:
        waiting = await candidates.take_early(connection, list(early))
        await candidates.keep_early(
            connection, {m: newer(waiting[m], s) if m in waiting else s for m, s in early.items()}
        )
    completed = await checks.answered(
        connection, event.job_id, event.unit_id, event.union_id, event.part.count, len(event.statuses), work.now
    )
    return await _check_done(event, work) if completed else []


async def _check_done(event: StatusesVerified, work: UnitOfWork) -> list[EnrollmentNotice]:
    """One notice to the union when all its units of the check are answered (D06)."""
    people = await checks.people_of_done(work.connection, event.job_id, event.union_id)
    if people is None:
        return []
    return [
        EnrollmentNotice(
            notice_id=uuid5(event.job_id, f"{NoticeKind.CHECK_DONE.value}/{event.union_id}"),
            kind=NoticeKind.CHECK_DONE,
            union_id=event.union_id,
            role=Role.HANDLER,
            about=str(event.job_id),
            text=f"数据校验完成，共校验{people}人，请查看【待校验】和【待提交】列表。",
            at=work.now,
        )
    ]


def _told(event: StatusesVerified, status: VerifiedStatus) -> Statuses:
    """The answer as Statuses. A time is set only for a registry that was asked; it may have no record (A42)."""
    at, source = event.checked_at, event.source
    card_at = at if status.card_asked else None
    employment_at = at if status.employment_asked else None
    return Statuses(
        status.card,
        status.card_raw,
        card_at,
        status.employment,
        status.employment_raw,
        employment_at,
        source if card_at else None,
        source if employment_at else None,
    )


def _verified(held: StoredCandidate, told: Statuses, member_id: UUID) -> Verified:
    statuses = newer(held.statuses, told)
    place = placement(held.document_type, held.has_service_card, statuses.card, statuses.employment)
    return Verified(member_id, statuses, place)
