"""The registries' answers move people between the lists."""

from uuid import UUID

from chassis.work import Work
from contracts.statuses import StatusesVerified, VerifiedStatus
from enrollment_svc.domain.placement import placement
from enrollment_svc.domain.statuses import Statuses, newer
from enrollment_svc.store import candidates, checks
from enrollment_svc.store.candidates import Held, Verified


async def take_statuses(event: StatusesVerified, work: Work) -> None:
    """People go where their statuses put them, with no act of the user (F100, F118).

    Whoever is not known yet keeps his answer waiting: two topics give no order between them.
    """
    connection = work.connection
    await candidates.lock_units(connection, [event.unit_id])
    told = {status.member_id: _told(event, status) for status in event.statuses}
    known = await candidates.held(connection, list(told))
    moved = [_verified(known[member_id], told[member_id], member_id) for member_id in known]
    if changed := [person for person in moved if person.statuses != known[person.member_id].statuses]:
        await candidates.verify(connection, changed)
    if early := {member_id: statuses for member_id, statuses in told.items() if member_id not in known}:
        waiting = await candidates.take_early(connection, list(early))
        await candidates.keep_early(
            connection, {m: newer(waiting[m], s) if m in waiting else s for m, s in early.items()}
        )
    await checks.answered(
        connection, event.job_id, event.unit_id, event.union_id, event.part.count, len(event.statuses), work.now
    )


def _told(event: StatusesVerified, status: VerifiedStatus) -> Statuses:
    """A card that was not asked for leaves what is known of it."""
    card_at = event.checked_at if status.card_asked else None
    return Statuses(status.card, status.card_raw, card_at, status.employment, status.employment_raw, event.checked_at)


def _verified(held: Held, told: Statuses, member_id: UUID) -> Verified:
    statuses = newer(held.statuses, told)
    place = placement(held.document_type, held.has_service_card, statuses.card, statuses.employment)
    return Verified(member_id, statuses, place)
