"""Finds out which events a lost database had published, from the service's own topics, and which were still in its
outbox.

An event's id is derived from its cause. When the cause is handled again the event has the same id, so a published one
is recognized. An event that is not on the topics was in the lost outbox, unless handling the cause again gives another
result than the first time: a command in between may be lost with the database. An event that contradicts the topics is
not published.
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
    """Events that follow from records handled again, in order: `again` to be published now, `known` published before,
    `otherwise` not to be published.
    """

    again: list[OutgoingEvent]
    known: list[OutgoingEvent]
    otherwise: list[OutgoingEvent]


@dataclass(slots=True)
class PublishedEvents:
    """Events on the service's own topics.

    `last`: the last sequence of each topic and key. `causes`: the ids of what caused the events; records with such an
    id were handled.
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
        """Sort the events of complete causes, in order.

        An event is not published if its cause has published another event that does not follow from the cause now. It
        is not published either if its key has a published event that no record handled so far explains: the outbox is
        published in order, so this event was not in it.
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
