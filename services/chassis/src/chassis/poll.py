"""One poll = one transaction, one savepoint per record (design §5)."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from chassis import crash_points, dead_letters, inbox, maintenance, metrics, outbox, resumptions, tracing
from chassis.causes import cause_of, describe, is_infrastructure
from chassis.database import Database
from chassis.dead_letters import Failure
from chassis.inbox import Place, Positions
from chassis.outbox import Outgoing
from chassis.records import Record
from chassis.release_guard import ReleaseGuard
from chassis.subscriptions import Subscriptions
from chassis.work import Work
from contracts.envelope import Envelope
from contracts.event import Event

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()


class Tombstone(ValueError):
    """A record without a value, where every record is an event."""


@dataclass(slots=True)
class Poll:
    """The state of one poll in hand."""

    connection: "asyncpg.Connection[Any]"
    positions: Positions
    set_aside: set[Place]
    outgoing: list[Outgoing] = field(default_factory=list)


class PollHandler:
    """Handles what a poll brought. Raises on infrastructure trouble and on BadRelease: nothing of the poll is kept."""

    def __init__(self, database: Database, subscriptions: Subscriptions, guard: ReleaseGuard) -> None:
        self.database = database
        self.subscriptions = subscriptions
        self.guard = guard
        #: Called for every record, so that a long poll is not taken for one that stands still.
        self.progress: Callable[[], None] = lambda: None

    async def may_go_on(self) -> bool:
        """Whether an operator has ended the pause. Raises what a database that is away raises."""
        async with self.database.connection() as connection:
            return self.guard.hear(await resumptions.last(connection))

    async def handle(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        async with self.database.connection() as connection, connection.transaction():
            await maintenance.admit_poll(connection)
            places = [record.place for record in records]
            positions = await inbox.lock(connection, places)
            poll = Poll(connection, positions, await dead_letters.open_places(connection, places))
            for record in records:
                await self._take(record, poll)
            await inbox.save(connection, positions)
            await self.tell(connection, poll.outgoing)
            crash_points.reach(crash_points.POLL_BEFORE_COMMIT)
        crash_points.reach(crash_points.POLL_AFTER_COMMIT)
        self.database.committed()
        metrics.poll_seconds.observe(time.perf_counter() - started)

    async def tell(self, connection: "asyncpg.Connection[Any]", outgoing: Sequence[Outgoing]) -> None:
        """Write what follows from a poll to the outbox, in its transaction."""
        await outbox.write(connection, outgoing)

    async def _take(self, record: Record, poll: Poll) -> None:
        """Skip what was seen, park what stands behind a failure, handle the rest."""
        self.progress()
        metrics.records_received.labels(record.topic).inc()
        try:
            envelope = Envelope.from_headers(record.headers)
        except ValueError as error:
            await self._set_aside(record, poll, error)
            return
        if poll.positions.seen(record.place, envelope.sequence):
            metrics.records_skipped.labels(record.topic, "duplicate").inc()
            if poll.positions.regressed(record.place):
                metrics.sequence_regressions.labels(record.topic).inc()
                log.error("sequence_regression_seen", topic=record.topic, key=record.key, sequence=envelope.sequence)
            return
        missed = poll.positions.advance(record.place, envelope.sequence)
        if missed:
            metrics.sequence_gaps.labels(record.topic).inc(missed)
            log.warning("sequence_gap_seen", topic=record.topic, key=record.key, missed=missed)
        if record.place in poll.set_aside:
            await dead_letters.park(poll.connection, record)
        elif self.subscriptions.find(envelope.type) is None:
            metrics.records_skipped.labels(record.topic, "unknown_type").inc()
        else:
            await self._handle(record, envelope, poll)

    async def _handle(self, record: Record, envelope: Envelope, poll: Poll) -> None:
        try:
            poll.outgoing.extend(await self.run(record, envelope, poll.connection))
        except Exception as error:
            if is_infrastructure(error):
                raise
            await self._set_aside(record, poll, error)

    async def run(self, record: Record, envelope: Envelope, connection: "asyncpg.Connection[Any]") -> list[Outgoing]:
        """One record behind its savepoint; returns the events that follow. Raises what the handler raised."""
        found = self.subscriptions.find(envelope.type)
        if found is None:
            return []
        kind, handlers = found
        started = time.perf_counter()
        with self._span(record, envelope), _log_marks(envelope):
            async with connection.transaction():
                event = read_event(kind, record)
                work = self._work(connection, envelope)
                for handler in handlers:
                    work.emit(await handler(event, work) or ())
                crash_points.reach(crash_points.RECORD_HANDLED)
        metrics.handling_seconds.labels(envelope.type).observe(time.perf_counter() - started)
        metrics.records_handled.labels(record.topic, envelope.type).inc()
        metrics.people_handled.labels(envelope.type).inc(_people(event))
        return work.take_emitted()

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

    def _work(self, connection: "asyncpg.Connection[Any]", envelope: Envelope) -> Work:
        return Work(
            connection,
            self.database.tools,
            self.database.clock.now(),
            envelope.id,
            correlation_id=envelope.correlation_id,
            incoming=envelope,
        )

    async def _set_aside(self, record: Record, poll: Poll, error: Exception) -> None:
        failure = Failure(cause_of(error), describe(error))
        if not await dead_letters.set_aside(poll.connection, record, failure):
            metrics.records_skipped.labels(record.topic, "closed_letter").inc()
            return
        if self.guard.note(failure.cause, record.place):
            self.guard.trip(failure.cause, await resumptions.last(poll.connection))
        poll.set_aside.add(record.place)
        crash_points.reach(crash_points.RECORD_SET_ASIDE)
        log.error(
            "record_set_aside",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            cause=failure.cause,
            message=failure.message,
            correlation_id=dict(record.headers).get("ce_correlationid", b"").decode(errors="replace"),
        )


def _log_marks(envelope: Envelope) -> AbstractContextManager[object]:
    """What every log line of a handler carries; `replay` tells that the record was handled before."""
    replay = {"replay": True} if envelope.replay else {}
    return structlog.contextvars.bound_contextvars(correlation_id=envelope.correlation_id, **replay)


def read_event(kind: type[Event], record: Record) -> Event:
    """Raises Tombstone or pydantic's ValidationError."""
    if record.value is None:
        raise Tombstone("the record has no value")
    try:
        return kind.model_validate_json(record.value)
    except ValidationError:
        raise
    except ValueError as error:
        raise EnvelopeUnreadable(type(error).__name__) from None


class EnvelopeUnreadable(ValueError):
    """The value is no JSON."""


def _people(event: Event) -> int:
    for name in ("members", "people", "statuses", "member_ids"):
        held = getattr(event, name, None)
        if held is not None:
            return len(held)
    return 1
