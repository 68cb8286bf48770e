"""What a lost database has told, as its own topics show it; and which of its events nobody has read yet.

Ids follow from what caused an event, so what was published is known by its id when its cause is handled again. What
is missing lay in the outbox that was lost, unless the cause is seen with other eyes now than then: an act in between
may be lost with the database. Where the topic contradicts, nothing is told.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from chassis.database import Outgoing
from chassis.messaging import Place
from contracts.envelope import Envelope

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Events that follow from records handled again, in order: to be told now, published before, and left alone."""

    again: list[Outgoing]
    known: list[Outgoing]
    otherwise: list[Outgoing]


@dataclass(slots=True)
class Told:
    """`last` is the last sequence by topic and key, `causes` caused the events: records among them were handled."""

    last: dict[Place, int] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    types: Counter[str] = field(default_factory=Counter)
    _ids: set[UUID] = field(default_factory=set)
    #: Published events that did not follow again yet, by place and by cause.
    _unmet_at: defaultdict[Place, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    _unmet_of: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def note(self, place: Place, envelope: Envelope) -> None:
        """An event found on a topic of the service's own."""
        self.last[place] = max(self.last.get(place, 0), envelope.sequence)
        self.causes.add(envelope.causation_id)
        if envelope.id in self._ids:
            return
        self.types[envelope.type] += 1
        self._ids.add(envelope.id)
        self._unmet_at[place].add(envelope.id)
        self._unmet_of[envelope.causation_id].add(envelope.id)

    def sort(self, outgoing: Sequence[Outgoing]) -> Sorted:
        """Of whole causes, in order.

        An event is left alone where its cause has told something that does not follow from it now, or its key something
        that no record handled so far explains: the outbox goes in order, so that this one was not in it.
        """
        for one in outgoing:
            _meet(self._unmet_of, one.envelope.causation_id, one.envelope.id)
        found = Sorted([], [], [])
        for one in outgoing:
            place = (one.topic, one.key)
            if one.envelope.id in self._ids:
                _meet(self._unmet_at, place, one.envelope.id)
                found.known.append(one)
            elif one.envelope.causation_id in self._unmet_of or place in self._unmet_at:
                found.otherwise.append(one)
            else:
                found.again.append(one)
        return found


def _meet(unmet: dict[K, set[UUID]], key: K, event: UUID) -> None:
    if key in unmet:
        unmet[key].discard(event)
        if not unmet[key]:
            del unmet[key]
