"""`python -m package rebuild PLAN` is for a service that has lost its database. The command handles again the records
that the service had handled after the backup of the database.

Records are handled as usual, but no job is run, because it was possibly run before the loss. Events that are on the
service's own topics are not published again. Events that still were in the lost outbox are published now, with the next
sequence numbers of their topics and keys.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel

from chassis.database import Database, OutgoingEvent, notice_rows, outbox
from chassis.dead_letters import letters as dead_letters
from chassis.messaging import Record, Subscriptions, sources
from chassis.poll_handling import FailureBreaker, PollHandler
from chassis.recovery.republishing import PublishedEvents
from chassis.sql import Connection, skipped_ranges
from contracts.catalog import BY_TYPE
from contracts.envelope import Envelope, EnvelopeError
from contracts.notices import Notice
from contracts.topics import TOPICS, Topic

log = structlog.get_logger()

POLL_MS = 1_000
POLL_RECORDS = 32
#: Every event leaves the outbox in less than this time. So if an event follows from an older record, it was certainly
#: published, even if it is not on its topic now. Retention has possibly removed it from the topic.
UNPUBLISHED_AT_MOST = timedelta(days=30)
#: Topic → partition → offset.
Offsets = Mapping[str, Mapping[int, int]]


class RebuildPlan(BaseModel):
    """All fields are offsets.

    `start`: how far the consumer was at the backup. `until`: how far it was when the database was lost. `own`: the ends
    of the service's own topics at the backup. These topics are read from these offsets on.
    """

    start: dict[str, dict[int, int]] = {}
    until: dict[str, dict[int, int]] = {}
    own: dict[str, dict[int, int]] = {}


class RebuildReport(BaseModel):
    """The result of a rebuild.

    Three fields count the events that follow from the handled records. `republished`: they were not on the topics and
    are published now. `already_published`: they were on the topics, or follow from records older than
    `UNPUBLISHED_AT_MOST`. `contradicted`: they contradict the topics (see `republishing`), so they are logged and not
    published, and an operator decides. `own_later` counts the events that the service had published after the backup,
    by type. Some of them follow from commands that are lost. `sequences`: how many keys the events in `own_later` have.
    """

    handled: int = 0
    republished: int = 0
    already_published: int = 0
    contradicted: int = 0
    dead_letters: int = 0
    held_jobs: int = 0
    own_later: dict[str, int] = {}
    sequences: int = 0


class RepublishingHandler(PollHandler):
    """Handles records, and publishes only those events that were in the lost outbox."""

    def __init__(
        self, database: Database, subscriptions: Subscriptions, published: PublishedEvents, report: RebuildReport
    ) -> None:
        # Records that failed before fail again. These failures are no sign of a bad release, so they never pause the
        # rebuild.
        super().__init__(database, subscriptions, FailureBreaker(keys=2**31))
        self._published = published
        self._report = report
        self._since = datetime.now(UTC) - UNPUBLISHED_AT_MOST

    async def run(
        self, record: Record, envelope: Envelope, connection: Connection, enqueued: set[str] | None = None
    ) -> list[OutgoingEvent]:
        events = await super().run(record, envelope, connection, enqueued)
        if envelope.time >= self._since:
            return events
        self._report.already_published += len(events)
        return []

    async def publish(self, connection: Connection, outgoing: Sequence[OutgoingEvent]) -> None:
        events = self._published.sort(outgoing)
        await outbox.write(connection, events.unpublished)
        self._report.republished += len(events.unpublished)
        self._report.already_published += len(events.published)
        self._report.contradicted += len(events.contradicting)
        for event in events.contradicting:
            log.warning(
                "event_left_unpublished",
                topic=event.topic,
                key=event.key,
                type=event.envelope.type,
                id=str(event.envelope.id),
                cause=event.envelope.causation_id,
            )


class Rebuild:
    def __init__(self, name: str, database: Database, subscriptions: Subscriptions, bootstrap: str) -> None:
        self._name = name
        self._database = database
        self._subscriptions = subscriptions
        self._bootstrap = bootstrap
        self._first_offsets: dict[tuple[str, int], int] = {}

    async def run(self, plan: RebuildPlan, own_topics: Sequence[Topic] | None = None) -> RebuildReport:
        """Handle the records from `start` to `until`.

        This method can be called again after a crash, because the inbox skips records that were handled before.
        """
        own = [topic for topic in TOPICS if topic.producer == self._name] if own_topics is None else own_topics
        async with self._database.connection() as connection:
            ranges = await skipped_ranges.load(connection)
        published = await self._published(own, plan.own, ranges)
        report = RebuildReport(own_later=dict(sorted(published.types.items())), sequences=len(published.last))
        await self._advance_sequences(published.last)
        partitions = _partitions(self._subscriptions.topics())
        until = await self._handled_until(partitions, plan.until, published.causes, ranges)
        handler = RepublishingHandler(self._database, self._subscriptions, published, report)
        handler.first_offsets = self._first_offsets
        async for records in self._records(partitions, plan.start, ranges):
            if due := [record for record in records if record.offset < until.get((record.topic, record.partition), 0)]:
                await handler.handle(due)
                report.handled += len(due)
        await self._hold_jobs(report)
        log.info("rebuilt", **report.model_dump())
        return report

    async def _published(
        self, topics: Sequence[Topic], start: Offsets, ranges: skipped_ranges.Ranges
    ) -> PublishedEvents:
        published = PublishedEvents()
        async for records in self._records(_partitions(topics), start, ranges):
            for record in records:
                if sources.foreign_reason(record) is None and (envelope := _envelope(record)) is not None:
                    published.note(record.topic_key, envelope)
            await self._store_notices(records)
        return published

    async def _store_notices(self, records: Sequence[Record]) -> None:
        """Store the service's notices again, so that recipients can read them.

        Read marks are lost with the database.
        """
        if notices := [notice for record in records if (notice := _notice(record)) is not None]:
            async with self._database.connection() as connection, connection.transaction():
                await notice_rows.store(connection, notices)

    async def _handled_until(
        self, partitions: list[TopicPartition], committed: Offsets, causes: set[str], ranges: skipped_ranges.Ranges
    ) -> dict[tuple[str, int], int]:
        """The offset up to which each partition was handled: the committed offset. If a record after this offset caused
        a published event, the offset after that record is returned instead.

        A partition is handled in order, so every record before that later record was handled, too.
        """
        until = {(topic, number): end for topic, numbers in committed.items() for number, end in numbers.items()}
        async for records in self._records(partitions, committed, ranges):
            for record in records:
                envelope = _envelope(record)
                if envelope is not None and str(envelope.id) in causes:
                    tp = (record.topic, record.partition)
                    until[tp] = max(until.get(tp, 0), record.offset + 1)
        return until

    async def _records(
        self, partitions: list[TopicPartition], start: Offsets, ranges: skipped_ranges.Ranges
    ) -> AsyncIterator[list[Record]]:
        """The records from the given offsets to the current ends, in polls and without skipped ranges.

        A partition is read from its first record if `start` has no offset for it, or has an offset that the partition
        does not contain. For example, retention has removed the records there, or the topic was deleted and created
        again.
        """
        if not partitions:
            return
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        await consumer.start()
        try:
            consumer.assign(partitions)
            ends, begins = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
            self._first_offsets |= skipped_ranges.first_offsets(ranges, begins)
            for tp in partitions:
                offset = start.get(tp.topic, {}).get(tp.partition, 0)
                consumer.seek(tp, offset if begins[tp] <= offset <= ends[tp] else begins[tp])
            while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
                by_partition = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
                polled = [raw for records in by_partition.values() for raw in records]
                if not_skipped := [Record.of(raw) for raw in polled if not skipped_ranges.is_skipped(ranges, raw)]:
                    yield not_skipped
        finally:
            await consumer.stop()

    async def _advance_sequences(self, last: Mapping[tuple[str, str], int]) -> None:
        """Raise the last sequence of each topic and key to the last sequence on the topic. Delete from the outbox the
        events that are on the topics.
        """
        topic_keys = sorted(last)
        columns = [t for t, _ in topic_keys], [k for _, k in topic_keys], [last[topic_key] for topic_key in topic_keys]
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute(
                """INSERT INTO outbox_sequences AS s (topic, key, last)
                   SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
                   ON CONFLICT (topic, key) DO UPDATE SET last = greatest(s.last, excluded.last)""",
                *columns,
            )
            await connection.execute(
                """DELETE FROM outbox o USING unnest($1::text[], $2::text[], $3::bigint[]) AS u(topic, key, last)
                   WHERE o.topic = u.topic AND o.key = u.key AND o.sequence <= u.last""",
                *columns,
            )

    async def _hold_jobs(self, report: RebuildReport) -> None:
        """Hold all due jobs for an operator, because they were possibly run before the loss."""
        async with self._database.connection() as connection, connection.transaction():
            held_ids = await connection.fetch(
                # A job handler looks up whether the work was done only if the number of the attempt is above 1. So a
                # job without attempts gets `attempts` = 1 here. If an operator retries the job, that is attempt 2.
                """UPDATE jobs SET state = 'held', leased_by = NULL, attempts = greatest(attempts, 1)
                   WHERE state = 'due' RETURNING id"""
            )
            report.dead_letters = await dead_letters.count_all_open(connection)
        report.held_jobs = len(held_ids)


def _partitions(topics: Sequence[Topic]) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]


def _envelope(record: Record) -> Envelope | None:
    try:
        return Envelope.from_headers(record.headers)
    except EnvelopeError:
        return None


def _notice(record: Record) -> Notice | None:
    """The notice in a record of the service's own topics, or None."""
    envelope = _envelope(record)
    kind = BY_TYPE.get(envelope.type) if envelope else None
    if kind is None or not issubclass(kind, Notice) or record.value is None:
        return None
    return kind.model_validate_json(record.value)


def rebuild_now(
    name: str, database: Database, subscriptions: Subscriptions, bootstrap: str, plan: RebuildPlan
) -> RebuildReport:
    async def run() -> RebuildReport:
        await database.open()
        try:
            return await Rebuild(name, database, subscriptions, bootstrap).run(plan)
        finally:
            await database.close()

    return asyncio.run(run())
