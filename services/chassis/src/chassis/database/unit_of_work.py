"""The unit of work: one transaction, as use cases see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.database import outbox
from chassis.database.outbox import OutgoingEvent
from chassis.observability import tracing
from chassis.privacy import BlindIndex, RowCipher, Sealer
from chassis.sql import Connection
from contracts.envelope import Envelope, derived_id
from contracts.event import Event
from contracts.fields import Personal, SealedBlock

if TYPE_CHECKING:
    from chassis.identity import Principal

NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:work")


@dataclass(frozen=True, slots=True)
class Tools:
    """The name, the ciphers and the blind index of the service, which are the same in every transaction."""

    service: str
    sealer: Sealer
    row_cipher: RowCipher
    index: BlindIndex


@dataclass(slots=True)
class UnitOfWork:
    """A transaction and its tools, for subscriber functions, commands and job handlers. Only the chassis commits it."""

    connection: Connection
    tools: Tools
    now: datetime
    cause_id: UUID
    correlation_id: str | None = None
    actor: "Principal | None" = None
    incoming: Envelope | None = None
    #: The kinds of jobs that this unit of work has added.
    enqueued: set[str] = field(default_factory=set)
    _emitted: list[OutgoingEvent] = field(default_factory=list)

    @property
    def row_cipher(self) -> RowCipher:
        return self.tools.row_cipher

    @property
    def index(self) -> BlindIndex:
        return self.tools.index

    @property
    def replay(self) -> bool:
        """Whether the event that is being handled comes from a dead letter that an operator replays."""
        return self.incoming is not None and self.incoming.replay

    def event_id(self, kind: type[Event], subject: str, part: int = 0) -> UUID:
        """The id of the event that this unit of work emits with this kind, subject and part."""
        return derived_id(self.cause_id, kind.ce_type, subject, part)

    def seal(self, kind: type[Event], subject: str, part: int, people: Sequence[Personal]) -> SealedBlock:
        """Seal (encrypt) people for an event of this unit of work. Kind, subject and part are those of the event."""
        return self.tools.sealer.seal(people, self.event_id(kind, subject, part), kind.ce_type)

    def seal_rows(self, kind: type[Event], subject: str, part: int, people: Iterable[bytes]) -> SealedBlock:
        """As `seal`, but each person is given as a JSON row (`Sealer.seal_rows`)."""
        return self.tools.sealer.seal_rows(people, self.event_id(kind, subject, part), kind.ce_type)

    def reseal(self, kind: type[Event], subject: str, part: int, people: Iterable[tuple[bytes, UUID]]) -> SealedBlock:
        """Seal people for an event of this unit of work, as `seal` does, but from encrypted rows of the database.

        `people`: for each person, the data that `row_cipher` has encrypted, and the id of the owner for which it was
        encrypted (`RowCipher`). Raises Unreadable.
        """
        rows = [self.tools.row_cipher.unseal_bytes(sealed, owner) for sealed, owner in people]
        return self.seal_rows(kind, subject, part, rows)

    def unseal(self, block: SealedBlock) -> list[Personal]:
        """Decrypt the sealed block of the event that is being handled. Raises UnknownKey or Unreadable."""
        incoming = self._require_incoming()
        return self.tools.sealer.unseal(block, incoming.id, incoming.type)

    def unseal_rows(self, block: SealedBlock) -> bytes:
        """Like `unseal`, but returns the JSON of the rows (`Sealer.unseal_rows`)."""
        incoming = self._require_incoming()
        return self.tools.sealer.unseal_rows(block, incoming.id, incoming.type)

    def _require_incoming(self) -> Envelope:
        if self.incoming is None:
            raise ValueError("only a subscriber function can unseal: there is no incoming event")
        return self.incoming

    def unseal_numbers(self, block: SealedBlock) -> list[str]:
        """Like `unseal`, but returns only the document numbers, for a subscriber function that needs nothing else."""
        incoming = self._require_incoming()
        return self.tools.sealer.unseal_numbers(block, incoming.id, incoming.type)

    def emit(self, events: Iterable[Event]) -> None:
        """Add events, which become rows of the outbox at the end of this transaction. Raises OversizedEvent."""
        for event in events:
            self._emitted.append(self._outgoing(event))

    def emit_serialized(self, event: Event, fields: Mapping[str, bytes]) -> None:
        """Add an event. `fields`: the JSON of some of its fields. The event's values of these fields are not used."""
        self._emitted.append(self._outgoing(event, fields))

    async def write_large(self) -> None:
        """Write the emitted events to the outbox now if they have more than BYTES_AT_ONCE bytes, to free their memory.

        Transactions lock topics and keys in sorted order. After this call, the caller must not emit an event whose
        topic and key sort before those of the events that this call has written.
        """
        if sum(event.size for event in self._emitted) > outbox.BYTES_AT_ONCE:
            await outbox.write(self.connection, self.pop_events())

    def pop_events(self) -> list[OutgoingEvent]:
        events, self._emitted = self._emitted, []
        return events

    async def enqueue(self, kind: str, key: str, body: dict[str, Any]) -> None:
        """Add a job, which runs after this transaction. If a job with this kind and key exists, nothing is added."""
        await self.enqueue_all(kind, [(key, body)])

    async def enqueue_all(self, kind: str, items: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Add many jobs of one kind in one statement."""
        self.enqueued.add(kind)
        await self.connection.execute(
            """INSERT INTO jobs (id, kind, key, body, correlation_id, traceparent)
               SELECT i, $2, k, b, $5, $6 FROM unnest($1::uuid[], $3::text[], $4::jsonb[]) AS t(i, k, b)
               ON CONFLICT (kind, key) DO NOTHING""",
            [job_id(kind, key) for key, _ in items],
            kind,
            [key for key, _ in items],
            [body for _, body in items],
            self.correlation_id or str(self.cause_id),
            tracing.current_traceparent(),
        )

    def _outgoing(self, event: Event, serialized: Mapping[str, bytes] | None = None) -> OutgoingEvent:
        subject = event.subject()
        envelope = Envelope(
            id=self.event_id(type(event), subject, event.part_index()),
            type=event.ce_type,
            source=f"/{self.tools.service}",
            time=datetime.now(UTC),
            subject=subject,
            sequence=0,
            causation_id=str(self.cause_id),
            correlation_id=self.correlation_id or str(self.cause_id),
            traceparent=tracing.current_traceparent(),
        )
        return OutgoingEvent.of(event, envelope, serialized)


def job_id(kind: str, key: str) -> UUID:
    return uuid5(NAMESPACE, f"{kind}|{key}")
