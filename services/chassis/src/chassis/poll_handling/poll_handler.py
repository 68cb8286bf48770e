"""Handles a poll in one transaction, and each record of the poll in a savepoint (docs/architecture.md)."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast

import structlog
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from chassis.database import Database, OutgoingEvent, UnitOfWork, maintenance_gate, outbox
from chassis.dead_letters import Failure, letters
from chassis.messaging import Arrival, Numbered, Position, Positions, Record, Subscriptions, TopicKey, inbox, sources
from chassis.observability import metrics, tracing
from chassis.poll_handling import resume_signals
from chassis.poll_handling.failure_breaker import FailureBreaker
from chassis.resilience import cause_of, describe, is_infrastructure
from chassis.sql import Connection
from chassis.system import crash_points
from contracts.catalog import BY_TYPE
from contracts.envelope import Envelope, EnvelopeError
from contracts.event import Event
from contracts.topics import BY_NAME

log = structlog.get_logger()
E = TypeVar("E", bound=Event)

UNKNOWN_TYPE: Final = Failure(
    "UnknownType",
    "This release has no such event type. Keep the letter, and replay it when a release that has the type is running.",
)


class Tombstone(ValueError):
    """The record has no value, although every record must contain an event."""


class WrongTopic(EnvelopeError):
    """The record is on a topic to which its event type does not belong."""


class UnknownType(EnvelopeError):
    """This release has no such event type, because a newer release of the producer published the record."""


@dataclass(slots=True)
class PollState:
    """The state of the poll that is being handled."""

    connection: Connection
    positions: Positions
    #: The topics and keys that a dead letter blocks.
    blocked_keys: set[TopicKey]
    outgoing: list[OutgoingEvent] = field(default_factory=list)
    #: The kinds of jobs that the records of the poll have added.
    enqueued: set[str] = field(default_factory=set)


class PollHandler:
    """Handles the records of a poll. An infrastructure error or FailureBreakerOpen rolls the whole poll back."""

    def __init__(self, database: Database, subscriptions: Subscriptions, breaker: FailureBreaker) -> None:
        self.database = database
        self.subscriptions = subscriptions
        self.breaker = breaker
        #: Called for every record, so that the watchdog does not mistake a long poll for a stuck loop.
        self.progress: Callable[[], None] = lambda: None
        #: By topic and partition: the first offset that Kafka still had when this process began to read.
        self.first_offsets: Mapping[tuple[str, int], int] = {}

    async def may_continue(self) -> bool:
        """Whether the subscriber is allowed to handle records: it is not paused, or an operator has ended the pause.

        Raises an error if the database does not answer.
        """
        async with self.database.connection() as connection:
            return self.breaker.resume_if_newer(await resume_signals.last(connection))

    async def handle(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        async with self.database.connection() as connection, connection.transaction():
            await maintenance_gate.admit_poll(connection)
            # A record that the topic's owner did not write gets no lock and no row in the inbox.
            owned = [record for record in records if sources.foreign_reason(record) is None]
            topic_keys = [record.topic_key for record in owned]
            positions = await inbox.lock(connection, topic_keys)
            await self.subscriptions.acquire_locks(owned, connection)
            poll = PollState(connection, positions, await letters.blocked_topic_keys(connection, topic_keys))
            for record in records:
                await self._receive(record, poll)
            await inbox.save(connection, positions)
            await self.publish(connection, poll.outgoing)
            crash_points.reach(crash_points.POLL_BEFORE_COMMIT)
        crash_points.reach(crash_points.POLL_AFTER_COMMIT)
        self.database.committed(events=bool(poll.outgoing), kinds=poll.enqueued)
        metrics.poll_seconds.observe(time.perf_counter() - started)

    async def publish(self, connection: Connection, outgoing: Sequence[OutgoingEvent]) -> None:
        """Write the events of the subscriber functions to the outbox, in the transaction of the poll."""
        await outbox.write(connection, outgoing)

    async def _receive(self, record: Record, poll: PollState) -> None:
        """Refuse a record of a wrong source, skip a duplicate, hold an unexpected sequence number, handle the rest."""
        self.progress()
        metrics.records_received.labels(record.topic).inc()
        if (reason := sources.foreign_reason(record)) is not None:
            await self._store_letter(record, poll, "refused", Failure("ForeignSource", reason))
            return
        try:
            envelope = Envelope.from_headers(record.headers)
        except ValueError as error:
            await self._set_aside(record, poll, error)
            return
        position = poll.positions[record.topic_key]
        arrival = self.judge(record, envelope, position)
        if arrival in (Arrival.DUE, Arrival.FILLS_GAP):
            await self._accept(record, envelope, position, poll)
        elif arrival is Arrival.SEEN:
            metrics.records_skipped.labels(record.topic, "duplicate").inc()
        else:
            await self._hold(record, envelope, arrival, poll)

    def judge(self, record: Record, envelope: Envelope, position: Position) -> Arrival:
        """Compare the record's sequence with the last sequence that was handled for its topic and key."""
        return position.judge(
            numbered(record, envelope),
            compacted=inbox.is_compacted(record.topic),
            first_offset=self.first_offsets.get((record.topic, record.partition), 0),
        )

    async def _accept(self, record: Record, envelope: Envelope, position: Position, poll: PollState) -> None:
        """Move the key's position to the record, then handle the record.

        If the handling fails, the record becomes a dead letter. The position does not move back, so the next number is
        due.
        """
        self.move(record, envelope, position)
        if record.topic_key in poll.blocked_keys:
            await letters.park(poll.connection, record)
        elif self.subscriptions.find(envelope.type) is not None:
            await self._handle(record, envelope, poll)
        elif is_known(envelope.type):
            metrics.records_skipped.labels(record.topic, "unwanted_type").inc()
        else:
            metrics.records_skipped.labels(record.topic, "unknown_type").inc()
            await self._store_letter(record, poll, "unknown", UNKNOWN_TYPE)

    def move(self, record: Record, envelope: Envelope, position: Position, *, counted: bool = False) -> None:
        """Move the position of a key to the record.

        `counted`: True if missing numbers before the record count as lost; they are then added to
        `inbox_positions.gaps`. `counted` is True only if an operator replays a dead letter of a topic that is not
        compacted. It is False for a letter of a compacted topic, and for a record that has just come from Kafka. In
        these cases Kafka itself has possibly removed the records with the missing numbers, so they are not lost.
        """
        before = position.last
        missed = position.move_to(numbered(record, envelope))
        if envelope.sequence < before:
            metrics.sequence_regressions.labels(record.topic).inc()
            log.error("sequence_regression_seen", topic=record.topic, sequence=envelope.sequence, after=before)
        elif missed and counted:
            position.gaps += missed
            metrics.sequence_gaps.labels(record.topic).inc(missed)

    async def _hold(self, record: Record, envelope: Envelope, arrival: Arrival, poll: PollState) -> None:
        """Store a record as a letter, because its sequence number is not the next one. The letter does not block its
        key, with one exception.

        The exception: another record had the same number, so at most one of the two records is genuine. Later records
        of the key then wait for an operator. On a compacted topic they do not wait, because a later event replaces both
        records.
        """
        last = poll.positions[record.topic_key].last
        failure = Failure(
            CAUSES[arrival], f"The record has number {envelope.sequence}; number {last + 1} is due. {ADVICE[arrival]}"
        )
        blocks_key = arrival is Arrival.TAKEN and not inbox.is_compacted(record.topic)
        if await self._store_letter(record, poll, "failed" if blocks_key else "held", failure):
            metrics.sequences_held.labels(record.topic, failure.cause).inc()
        if blocks_key:
            poll.blocked_keys.add(record.topic_key)

    async def _store_letter(self, record: Record, poll: PollState, state: str, failure: Failure) -> bool:
        """Store a record as a dead letter without handling it, because of its source, sequence number or type.

        Returns False if the record has a letter already.
        """
        stored = await letters.store(poll.connection, record, state, failure)
        if not stored.is_new:
            metrics.records_skipped.labels(record.topic, "known_letter").inc()
            return False
        if state == "refused":
            metrics.records_refused.labels(record.topic, failure.cause).inc()
        self._log_letter(record, state, failure)
        return True

    async def _handle(self, record: Record, envelope: Envelope, poll: PollState) -> None:
        try:
            poll.outgoing.extend(await self.run(record, envelope, poll.connection, poll.enqueued))
        except Exception as error:
            if is_infrastructure(error):
                raise
            await self._set_aside(record, poll, error)

    async def run(
        self, record: Record, envelope: Envelope, connection: Connection, enqueued: set[str] | None = None
    ) -> list[OutgoingEvent]:
        """Handle one record inside a savepoint; returns the events that its subscriber functions publish.

        The kinds of the jobs that these functions add are put into `enqueued`. Raises UnknownType, WrongTopic, the
        exceptions of `read_event` and the exceptions of the subscriber functions.
        """
        subscription = self.subscriptions.find(envelope.type)
        if subscription is None and is_known(envelope.type):
            return []
        if subscription is None:
            raise UnknownType(UNKNOWN_TYPE.message)
        kind, handlers = subscription
        if record.topic in BY_NAME and kind.topic.name != record.topic:
            raise WrongTopic(f"type {kind.ce_type} belongs to {kind.topic.name}")
        started = time.perf_counter()
        with self._span(record, envelope), _log_fields(envelope):
            async with connection.transaction():
                event = record.read_before.pop(kind, None) or read_event(kind, record)
                work = self._unit_of_work(connection, envelope)
                for handler in handlers:
                    work.emit(await handler(event, work) or ())
                crash_points.reach(crash_points.RECORD_HANDLED)
        metrics.handling_seconds.labels(envelope.type).observe(time.perf_counter() - started)
        metrics.records_handled.labels(record.topic, envelope.type).inc()
        metrics.entries_handled.labels(envelope.type).inc(event.entry_count())
        if enqueued is not None:
            enqueued |= work.enqueued
        return work.pop_events()

    def _span(self, record: Record, envelope: Envelope) -> AbstractContextManager[None]:
        return tracing.span(
            f"process {record.topic}",
            SpanKind.CONSUMER,
            envelope.traceparent,
            messaging__system="kafka",
            messaging__operation__type="process",
            messaging__destination__name=record.topic,
            messaging__destination__partition__id=str(record.partition),
            messaging__kafka__offset=record.offset,
            messaging__consumer__group__name=self.database.tools.service,
            ue__replay=envelope.replay or None,
        )

    def _unit_of_work(self, connection: Connection, envelope: Envelope) -> UnitOfWork:
        return UnitOfWork(
            connection,
            self.database.tools,
            self.database.clock.now(),
            envelope.id,
            correlation_id=envelope.correlation_id,
            incoming=envelope,
        )

    async def _set_aside(self, record: Record, poll: PollState, error: Exception) -> None:
        """Store a failed record as a dead letter, which blocks its key. If an operator has closed the record's
        letter before, skip the record. Raises FailureBreakerOpen if the subscriber must pause.
        """
        failure = Failure(cause_of(error), describe(error))
        if not (await letters.store(poll.connection, record, "failed", failure)).is_open:
            metrics.records_skipped.labels(record.topic, "closed_letter").inc()
            return
        if self.breaker.note(failure.cause, record.topic_key):
            self.breaker.trip(failure.cause, await resume_signals.last(poll.connection))
        poll.blocked_keys.add(record.topic_key)
        crash_points.reach(crash_points.RECORD_SET_ASIDE)
        self._log_letter(record, "failed", failure)

    def _log_letter(self, record: Record, state: str, failure: Failure) -> None:
        log.error(
            "record_set_aside",
            state=state,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            cause=failure.cause,
            message=failure.message,
            correlation_id=dict(record.headers).get("ce_correlationid", b"").decode(errors="replace"),
        )


#: The cause of a dead letter whose sequence number is not the next one. `ADVICE` tells operators what to do with it.
CAUSES: Final = {
    Arrival.JUMP: "SequenceJump",
    Arrival.LATE: "SequenceLate",
    Arrival.TAKEN: "SequenceTaken",
}
ADVICE: Final = {
    Arrival.JUMP: "Earlier records of this key have not arrived. Discard this record if it is forged. If the missing"
    " records are lost for good, replay this record: its number counts as handled, and the next one is due.",
    Arrival.LATE: "This service has skipped this record's number and has handled later records. If the later records"
    " were forged, replay this record: its number counts as handled, and the next one is due. Otherwise discard it.",
    Arrival.TAKEN: "Another record arrived with the same number. Compare both with the owner's database, then replay"
    " this one if it is the true one, or discard it.",
}


def numbered(record: Record, envelope: Envelope) -> Numbered:
    return Numbered(envelope.sequence, envelope.id, record.partition, record.offset)


def is_known(ce_type: str) -> bool:
    """Whether this release's contracts have the type, even if this service does not subscribe to it."""
    return ce_type in BY_TYPE


def _log_fields(envelope: Envelope) -> AbstractContextManager[object]:
    """Add fields to every log line of the subscriber functions. The field `replay` says that an operator replays the
    record.
    """
    replay = {"replay": True} if envelope.replay else {}
    return structlog.contextvars.bound_contextvars(correlation_id=envelope.correlation_id, **replay)


def read_event(kind: type[Event], record: Record) -> Event:
    """Read the event from the record's value. Raises Tombstone, EnvelopeUnreadable or pydantic's ValidationError."""
    if record.value is None:
        raise Tombstone("the record has no value")
    try:
        return kind.model_validate_json(record.value)
    except ValidationError:
        raise
    except ValueError as error:
        raise EnvelopeUnreadable(type(error).__name__) from None


def events_of(records: Iterable[Record], kind: type[E]) -> Iterator[E]:
    """The events of one type among a poll's records. Records that cannot be read are left out.

    A record keeps its event until the subscriber functions are called, so that the event is not read twice. Reading an
    event with 500 people takes milliseconds.
    """
    type_header = ("ce_type", kind.ce_type.encode())
    for record in records:
        if record.topic == kind.topic.name and type_header in record.headers:
            with suppress(ValueError):
                if kind not in record.read_before:
                    record.read_before[kind] = read_event(kind, record)
                yield cast(E, record.read_before[kind])


class EnvelopeUnreadable(ValueError):
    """The record's value cannot be read."""
