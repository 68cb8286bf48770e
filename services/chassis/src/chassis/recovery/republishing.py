"""Finds out which events a lost database had published, and which were still in its outbox.

An event's id is derived from its cause: if the cause is handled again, the event has the same id. So an event whose id
is on the service's own topics was published. Any other event was in the lost outbox, unless the cause now leads to
another event than the first time: a command in between may be lost with the database. Such an event contradicts the
topics and is not published.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from chassis.database import OutgoingEvent
from chassis.messaging import TopicKey
from contracts.envelope import Envelope

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class SortedEvents:
    """Events that follow from records handled again, in order. `again`: they were in the lost outbox and are published
    now. `known`: they were published before. `otherwise`: they contradict the topics and are not published.
    """

    again: list[OutgoingEvent]
    known: list[OutgoingEvent]
    otherwise: list[OutgoingEvent]


@dataclass(slots=True)
class PublishedEvents:
    """Events on the service's own topics.

    `last`: the last sequence of each topic and key. `causes`: the ids of the records and commands that caused the
    events; a record with such an id was handled.
    """

    last: dict[TopicKey, int] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    types: Counter[str] = field(default_factory=Counter)
    _ids: set[UUID] = field(default_factory=set)
    #: Published events that have not followed from a record again yet, by topic and key, and by cause.
    _unmet_at: defaultdict[TopicKey, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    _unmet_of: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def note(self, topic_key: TopicKey, envelope: Envelope) -> None:
        """Note an event that is on one of the service's own topics."""
        self.last[topic_key] = max(self.last.get(topic_key, 0), envelope.sequence)
        self.causes.add(envelope.causation_id)
        if envelope.id in self._ids:
            return
        self.types[envelope.type] += 1
        self._ids.add(envelope.id)
        self._unmet_at[topic_key].add(envelope.id)
        self._unmet_of[envelope.causation_id].add(envelope.id)

    def sort(self, outgoing: Sequence[OutgoingEvent]) -> SortedEvents:
        """Sort events, in order. One call has all events of a cause.

        An event contradicts the topics if its cause once led to a published event to which it does not lead now. An
        event also contradicts them if its key has a published event that has not followed from a record yet: the relay
        publishes in order, so an earlier event of the key cannot have been in the outbox.
        """
        for one in outgoing:
            _meet(self._unmet_of, one.envelope.causation_id, one.envelope.id)
        found = SortedEvents([], [], [])
        for one in outgoing:
            topic_key = (one.topic, one.key)
            if one.envelope.id in self._ids:
                _meet(self._unmet_at, topic_key, one.envelope.id)
                found.known.append(one)
            elif one.envelope.causation_id in self._unmet_of or topic_key in self._unmet_at:
                found.otherwise.append(one)
            else:
                found.again.append(one)
        return found


def _meet(unmet: dict[K, set[UUID]], key: K, event: UUID) -> None:
    if key in unmet:
        unmet[key].discard(event)
        if not unmet[key]:
            del unmet[key]
