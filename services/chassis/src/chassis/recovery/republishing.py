"""Finds out which events a service had published before it lost its database, and which were still in the outbox.

An event's id is derived from its cause, so if the cause is handled again, the event has the same id. If this id is on
the service's own topics, the event was published. If not, the event was in the lost outbox, unless its cause now leads
to other events than before the loss. Example: a command had changed a member, then record R led to event A. The command
is lost with the database, so R now leads to event B. The topics have A, so B contradicts them and is not published.
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
    """Events that follow from records that are handled again. Each list keeps the order of the events.

    `unpublished`: they were in the lost outbox and are published now. `published`: they were published before.
    `contradicting`: they contradict the topics and are not published.
    """

    unpublished: list[OutgoingEvent]
    published: list[OutgoingEvent]
    contradicting: list[OutgoingEvent]


@dataclass(slots=True)
class PublishedEvents:
    """Events on the service's own topics.

    `last`: the last sequence of each topic and key. `types`: the number of events of each type. `causes`: the ids of
    the records and commands that caused the events. A record whose id is in `causes` was handled.
    """

    last: dict[TopicKey, int] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    types: Counter[str] = field(default_factory=Counter)
    _ids: set[UUID] = field(default_factory=set)
    #: The ids of published events to which no record has led again yet: here by topic and key, below by cause.
    _unexplained_of_key: defaultdict[TopicKey, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    _unexplained_of_cause: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def note(self, topic_key: TopicKey, envelope: Envelope) -> None:
        """Note an event that is on one of the service's own topics."""
        self.last[topic_key] = max(self.last.get(topic_key, 0), envelope.sequence)
        self.causes.add(envelope.causation_id)
        if envelope.id in self._ids:
            return
        self.types[envelope.type] += 1
        self._ids.add(envelope.id)
        self._unexplained_of_key[topic_key].add(envelope.id)
        self._unexplained_of_cause[envelope.causation_id].add(envelope.id)

    def sort(self, outgoing: Sequence[OutgoingEvent]) -> SortedEvents:
        """Sort events into the three lists, in order. All events of one cause must be in the same call.

        An event E that was not published contradicts the topics in two cases. First, its cause once led to a published
        event and does not lead to it now. Second, its key has a published event P to which no record has led again so
        far. If E came before P, E was not in the outbox, because the relay publishes in order and would have published
        E before P. If a lost command caused P, it is also possible that E came after P. Nothing shows whether E came
        before or after P, so E is not published.
        """
        for event in outgoing:
            _explain(self._unexplained_of_cause, event.envelope.causation_id, event.envelope.id)
        result = SortedEvents([], [], [])
        for event in outgoing:
            topic_key = (event.topic, event.key)
            if event.envelope.id in self._ids:
                _explain(self._unexplained_of_key, topic_key, event.envelope.id)
                result.published.append(event)
            elif event.envelope.causation_id in self._unexplained_of_cause or topic_key in self._unexplained_of_key:
                result.contradicting.append(event)
            else:
                result.unpublished.append(event)
        return result


def _explain(unexplained: dict[K, set[UUID]], key: K, event_id: UUID) -> None:
    if key in unexplained:
        unexplained[key].discard(event_id)
        if not unexplained[key]:
            del unexplained[key]
