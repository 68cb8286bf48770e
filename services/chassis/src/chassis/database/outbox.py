"""The outbox: a table of events. A transaction that changes something also writes the events that report the change."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chassis.database import notice_rows
from chassis.sql import Connection
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.fields import MAX_EVENT_BYTES
from contracts.notices import Notice

#: The payloads in one INSERT have at most this many bytes. More events need more statements, but not more memory. For
#: 16 MiB, sixteen statements of 1 MiB take a third of the time of one statement, because PostgreSQL allocates memory
#: for the whole parameter.
BYTES_AT_ONCE = 1024 * 1024


class OversizedEvent(ValueError):
    """An event that is too large. If the relay sent it, the broker would refuse it, and all later events would wait."""


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """A serialized event that has no sequence yet. `notice` is the event itself if it is a Notice, otherwise None.

    `pieces`: the payload in pieces, so that the JSON of many people is not copied before the event is written.
    """

    topic: str
    key: str
    envelope: Envelope
    pieces: tuple[bytes, ...]
    notice: Notice | None = None

    @classmethod
    def of(cls, event: Event, envelope: Envelope, serialized: Mapping[str, bytes] | None = None) -> "OutgoingEvent":
        """`serialized`: the JSON of some fields, by name. The event's own values of these fields are not read."""
        notice = event if isinstance(event, Notice) else None
        outgoing = cls(event.topic.name, event.key(), envelope, _pieces(event, serialized or {}), notice)
        if outgoing.size > MAX_EVENT_BYTES:
            raise OversizedEvent(f"{event.ce_type} is {outgoing.size} bytes; the limit is {MAX_EVENT_BYTES}")
        return outgoing

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    @property
    def payload(self) -> bytes:
        return b"".join(self.pieces)


def _pieces(event: Event, serialized: Mapping[str, bytes]) -> tuple[bytes, ...]:
    if not serialized:
        return (event.model_dump_json().encode(),)
    others = event.model_dump_json(exclude=set(serialized)).encode()
    pieces = [others[:-1]]
    for name, json in serialized.items():
        pieces += [f',"{name}":'.encode(), json]
    return (*pieces, b"}")


async def write(connection: Connection, outgoing: Sequence[OutgoingEvent]) -> None:
    """Give events their sequences and store them, in order. Notices among them are also stored in `notices`.

    Locks one row of `outbox_sequences` for each topic and key, in sorted order, so that transactions do not deadlock.
    """
    if not outgoing:
        return
    numbered = _number(outgoing, await _reserve(connection, outgoing))
    for events in _at_once(numbered):
        await connection.execute(
            """INSERT INTO outbox (topic, key, sequence, ce_id, ce_type, headers, payload)
               SELECT * FROM unnest(
                   $1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::jsonb[], $7::bytea[])""",
            [event.topic for event in events],
            [event.key for event in events],
            [event.envelope.sequence for event in events],
            [event.envelope.id for event in events],
            [event.envelope.type for event in events],
            [{name: value.decode() for name, value in event.envelope.to_headers()} for event in events],
            [event.payload for event in events],
        )
    if notices := [event.notice for event in numbered if event.notice]:
        await notice_rows.store(connection, notices)


def _at_once(events: Sequence[OutgoingEvent]) -> Iterator[list[OutgoingEvent]]:
    """Divide the events, in order, into lists whose payloads have at most BYTES_AT_ONCE bytes together."""
    chosen: list[OutgoingEvent] = []
    size = 0
    for event in events:
        if chosen and size + event.size > BYTES_AT_ONCE:
            yield chosen
            chosen, size = [], 0
        chosen.append(event)
        size += event.size
    yield chosen


async def _reserve(connection: Connection, outgoing: Sequence[OutgoingEvent]) -> dict[tuple[str, str], int]:
    """Reserve a sequence for each event. Returns, by topic and key, the sequence before the first reserved one."""
    counts = dict(sorted(Counter((event.topic, event.key) for event in outgoing).items()))
    rows = await connection.fetch(
        """INSERT INTO outbox_sequences AS s (topic, key, last)
           SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
           ON CONFLICT (topic, key) DO UPDATE SET last = s.last + excluded.last
           RETURNING topic, key, last""",
        [topic for topic, _ in counts],
        [key for _, key in counts],
        list(counts.values()),
    )
    return {(r["topic"], r["key"]): r["last"] - counts[r["topic"], r["key"]] for r in rows}


def _number(outgoing: Sequence[OutgoingEvent], last: dict[tuple[str, str], int]) -> list[OutgoingEvent]:
    numbered = []
    for event in outgoing:
        last[event.topic, event.key] += 1
        numbered.append(replace(event, envelope=replace(event.envelope, sequence=last[event.topic, event.key])))
    return numbered
