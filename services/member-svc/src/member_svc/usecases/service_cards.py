"""Records and cancels service cards (F030, A39)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import UnitOfWork
from contracts.event import Event
from member_svc.domain.people import MemberRecord
from member_svc.domain.refusals import ServiceCardMalformed
from member_svc.domain.roster.validation import card_number_of
from member_svc.store import members
from member_svc.usecases.card_batches import finish_made_batches
from member_svc.usecases.chosen_members import events_per_unit, listed_members, members_changed_event


@dataclass(frozen=True, slots=True)
class CardChange:
    people: int
    events: list[Event]


async def record_cards(cards: Mapping[UUID, str], work: UnitOfWork) -> CardChange:
    """Record a card for each member. A member who has the same card stays unchanged. Raises ServiceCardMalformed."""
    numbers = {member_id: card_number_of(text) for member_id, text in cards.items()}
    if None in numbers.values():
        raise ServiceCardMalformed(member_ids=[str(m) for m, number in numbers.items() if number is None])
    changed = []
    for record in await listed_members(list(cards), work):
        number = numbers[record.member_id] or ""
        card_key = work.index.of("card", number)
        if card_key != record.card_key:
            sealed = work.row_cipher.seal_bytes(number.encode(), record.member_id)
            changed.append(replace(record, card_key=card_key, card_sealed=sealed))
    done = await _changed(changed, work)
    await finish_made_batches({record.union_id for record in changed}, work)
    return done


async def cancel_cards(member_ids: Sequence[UUID], work: UnitOfWork) -> CardChange:
    """Delete service cards. A member without a card stays unchanged."""
    records = await listed_members(member_ids, work)
    return await _changed([replace(r, card_key=None, card_sealed=None) for r in records if r.has_service_card], work)


async def _changed(records: Sequence[MemberRecord], work: UnitOfWork) -> CardChange:
    await members.update(work.connection, records, work.now)
    events = events_per_unit(records, lambda place, records: members_changed_event(work, place, records))
    return CardChange(len(records), events)
