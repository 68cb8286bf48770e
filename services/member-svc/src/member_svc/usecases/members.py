"""Members taken from the list, and their service cards (F080, A39, A57)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from chassis.http import Done
from chassis.refusals import Forbidden
from chassis.work import Work
from contracts.event import Event
from contracts.fields import Part, Personal
from contracts.members import MembersChanged, MembersRemoved
from contracts.parts import into_parts
from member_svc.domain import ServiceCardMalformed, UnderReview
from member_svc.member_events import PartOfUnit, Told, members_changed
from member_svc.people import MemberRecord
from member_svc.reach import require_reach
from member_svc.store import members, protections
from member_svc.validation import card_number_of


async def remove_members(member_ids: Sequence[UUID], work: Work) -> Done:
    """All of them or none. Raises UnderReview; who was removed before is passed over."""
    records = [record for record in await _reachable(member_ids, work) if record.removed_at is None]
    busy = await protections.under_review(work.connection, [record.member_id for record in records])
    if busy:
        raise UnderReview(member_ids=[str(member_id) for member_id in busy])
    await members.remove(work.connection, [record.member_id for record in records], work.now)
    events = _per_unit(records, lambda place, some: _removed(work, place, some))
    return Done({"removed": len(records)}, events, detail={"people": len(records)})


async def give_cards(cards: Mapping[UUID, str], work: Work) -> Done:
    """Record service cards. Raises ServiceCardMalformed; a card that a member has already changes nothing."""
    numbers = {member_id: card_number_of(text) for member_id, text in cards.items()}
    if None in numbers.values():
        raise ServiceCardMalformed(member_ids=[str(m) for m, number in numbers.items() if number is None])
    changed = []
    for record in await _listed(list(cards), work):
        number = numbers[record.member_id] or ""
        card_key = work.index.of("card", number)
        if card_key != record.card_key:
            sealed = work.vault.seal_bytes(number.encode(), record.member_id)
            changed.append(replace(record, card_key=card_key, card_sealed=sealed))
    return await _changed(changed, work)


async def cancel_cards(member_ids: Sequence[UUID], work: Work) -> Done:
    """Forget service cards; a member without one changes nothing."""
    listed = await _listed(member_ids, work)
    return await _changed([replace(r, card_key=None, card_sealed=None) for r in listed if r.has_service_card], work)


async def _changed(records: Sequence[MemberRecord], work: Work) -> Done:
    await members.update(work.connection, records, work.now)
    events = _per_unit(records, lambda place, some: _told(work, place, some))
    return Done({"changed": len(records)}, events, detail={"people": len(records)})


async def _reachable(member_ids: Sequence[UUID], work: Work) -> list[MemberRecord]:
    """These memberships, locked. Raises Forbidden where one is unknown or out of the caller's reach."""
    assert work.actor is not None
    wanted = set(member_ids)
    records = await members.lock_members(work.connection, list(wanted))
    if len(records) != len(wanted):
        raise Forbidden
    for union_id in sorted({record.union_id for record in records}):
        await require_reach(work.connection, work.actor, union_id)
    return records


async def _listed(member_ids: Sequence[UUID], work: Work) -> list[MemberRecord]:
    """The same, where all must stand in the list."""
    records = await _reachable(member_ids, work)
    if any(record.removed_at is not None for record in records):
        raise Forbidden
    return records


def _per_unit(
    records: Iterable[MemberRecord], tell: Callable[[PartOfUnit, Sequence[MemberRecord]], Event]
) -> list[Event]:
    """One set of parts for each unit."""
    events = []
    ordered = sorted(records, key=lambda record: (record.unit_id, record.member_no))
    for (union_id, unit_id), some in groupby(ordered, key=lambda record: (record.union_id, record.unit_id)):
        parts = into_parts(some, lambda record: 400 + 3 * len(record.sealed) + 4 * len(record.tag or ""))
        for index, part in enumerate(parts):
            events.append(tell(PartOfUnit(union_id, unit_id, Part(index=index, count=len(parts))), part))
    return events


def _removed(work: Work, place: PartOfUnit, records: Sequence[MemberRecord]) -> MembersRemoved:
    return MembersRemoved(
        removal_id=work.cause_id,
        union_id=place.union_id,
        unit_id=place.unit_id,
        part=place.part,
        member_ids=[record.member_id for record in records],
        removed_at=work.now,
    )


def _told(work: Work, place: PartOfUnit, records: Sequence[MemberRecord]) -> MembersChanged:
    told = [Told(record, _personal(work, record)) for record in records]
    return members_changed(work, work.cause_id, place, told)


def _personal(work: Work, record: MemberRecord) -> Personal:
    return work.vault.unseal(record.sealed, record.member_id)
