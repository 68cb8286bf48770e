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


async def apply_statuses_verified(event: StatusesVerified, work: UnitOfWork) -> list[EnrollmentNotice]:
    """Store the statuses and the placements that follow from them. No command of a user is needed (F100, F118).

    Statuses and members come from different topics, so a status may arrive before its member. Such an early status is
    stored until the member arrives.
    """
    connection = work.connection
    await candidates.lock_units(connection, [event.unit_id])
    answers = {status.member_id: _statuses_of(event, status) for status in event.statuses}
    known = await candidates.stored(connection, list(answers))
    verified = [_verified(known[member_id], answers[member_id], member_id) for member_id in known]
    if changed := [person for person in verified if person.statuses != known[person.member_id].statuses]:
        await candidates.verify(connection, changed)
    early = {m: statuses for m, statuses in answers.items() if m not in known and statuses != NOTHING_KNOWN}
    if early:
        stored_early = await candidates.pop_early_statuses(connection, list(early))
        await candidates.store_early_statuses(
            connection, {m: newer(stored_early[m], s) if m in stored_early else s for m, s in early.items()}
        )
    completed = await checks.count_answered(
        connection, event.job_id, event.unit_id, event.union_id, event.part.count, len(event.statuses), work.now
    )
    return await _check_done(event, work) if completed else []


async def _check_done(event: StatusesVerified, work: UnitOfWork) -> list[EnrollmentNotice]:
    """The notice to the union, if all answers about the union's units have arrived. Otherwise no notice (D06)."""
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


def _statuses_of(event: StatusesVerified, status: VerifiedStatus) -> Statuses:
    """The answer as Statuses. If the card registry was asked, `card_checked_at` is set, with or without a card status.

    `employment_checked_at` is set likewise. A time without a status means that the registry has no record (A42).
    """
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


def _verified(stored: StoredCandidate, answer: Statuses, member_id: UUID) -> Verified:
    statuses = newer(stored.statuses, answer)
    place = placement(stored.document_type, stored.has_service_card, statuses.card, statuses.employment)
    return Verified(member_id, statuses, place)
