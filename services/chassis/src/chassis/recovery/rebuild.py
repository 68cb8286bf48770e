"""`python -m package rebuild PLAN`: handles again the records that a lost database had handled after its backup.

Records are handled as usual, but no job is run, because the lost database may have run it. Events that are on the
service's own topics are not published again. Events that the lost database had not published yet are published now,
with the next sequence numbers of those topics.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel

from chassis.database import Database, Outgoing, notice_rows, outbox
from chassis.dead_letters import letters as dead_letters
from chassis.messaging import Record, Subscriptions, sources
from chassis.polls import PollHandler, ReleaseGuard
from chassis.recovery.retelling import Told
from chassis.sql import Connection, abandoned
from contracts.catalog import BY_TYPE
from contracts.envelope import Envelope, EnvelopeError
from contracts.notices import Notice
from contracts.topics import TOPICS, Topic

log = structlog.get_logger()

POLL_MS = 1_000
POLL_RECORDS = 32
#: No event waits in an outbox for so long. Events that followed from older records may be gone from the topics, and
#: would look unpublished.
UNPUBLISHED_AT_MOST = timedelta(days=30)
#: Topic → partition → offset.
Offsets = Mapping[str, Mapping[int, int]]


class Plan(BaseModel):
    """`start`: the offsets of the backup.

    `until`: how far the lost database had come. `own`: where reading of the service's own topics begins.
    """

    start: dict[str, dict[int, int]] = {}
    until: dict[str, dict[int, int]] = {}
    own: dict[str, dict[int, int]] = {}


class Report(BaseModel):
    """The result of a rebuild.

    Events that follow from the records: `told_again` had not been published, and are now; `not_told_again` had been
    published; `told_otherwise` contradict the topics: they are not published but logged, and an operator decides.
    `own_later` counts the events that the service published after the backup, by type; the commands that caused some of
    them are lost.
    """

    handled: int = 0
    told_again: int = 0
    not_told_again: int = 0
    told_otherwise: int = 0
    dead_letters: int = 0
    held_requests: int = 0
    own_later: dict[str, int] = {}
    sequences: int = 0


class RetellingHandler(PollHandler):
    """Handles records, and publishes only those events that were in the lost outbox."""

    def __init__(self, database: Database, subscriptions: Subscriptions, told: Told, report: Report) -> None:
        # A bad record became a dead letter before; here it is no sign of a bad release.
        super().__init__(database, subscriptions, ReleaseGuard(keys=2**31))
        self._told = told
        self._report = report
        self._since = datetime.now(UTC) - UNPUBLISHED_AT_MOST

    async def run(self, record: Record, envelope: Envelope, connection: Connection) -> list[Outgoing]:
        follows = await super().run(record, envelope, connection)
        if envelope.time >= self._since:
            return follows
        self._report.not_told_again += len(follows)
        return []

    async def tell(self, connection: Connection, outgoing: Sequence[Outgoing]) -> None:
        found = self._told.sort(outgoing)
        await outbox.write(connection, found.again)
        self._report.told_again += len(found.again)
        self._report.not_told_again += len(found.known)
        self._report.told_otherwise += len(found.otherwise)
        for one in found.otherwise:
            log.warning(
                "event_left_untold",
                topic=one.topic,
                key=one.key,
                type=one.envelope.type,
                id=str(one.envelope.id),
                cause=one.envelope.causation_id,
            )


class Rebuild:
    def __init__(self, name: str, database: Database, subscriptions: Subscriptions, bootstrap: str) -> None:
        self._name = name
        self._database = database
        self._subscriptions = subscriptions
        self._bootstrap = bootstrap
        self._began_at: dict[tuple[str, int], int] = {}

    async def run(self, plan: Plan, own_topics: Sequence[Topic] | None = None) -> Report:
        """Handle the records from `start` to `until`. May be repeated: the inbox skips records that were handled."""
        own = [topic for topic in TOPICS if topic.producer == self._name] if own_topics is None else own_topics
        async with self._database.connection() as connection:
            ranges = await abandoned.load(connection)
        told = await self._told(own, plan.own, ranges)
        report = Report(own_later=dict(sorted(told.types.items())), sequences=len(told.last))
        await self._number_on(told.last)
        taken = _places(self._subscriptions.topics())
        until = await self._handled(taken, plan.until, told.causes, ranges)
        handler = RetellingHandler(self._database, self._subscriptions, told, report)
        handler.began_at = self._began_at
        async for records in self._records(taken, plan.start, ranges):
            if wanted := [one for one in records if one.offset < until.get((one.topic, one.partition), 0)]:
                await handler.handle(wanted)
                report.handled += len(wanted)
        await self._hold_requests(report)
        log.info("rebuilt", **report.model_dump())
        return report

    async def _told(self, topics: Sequence[Topic], start: Offsets, ranges: abandoned.Ranges) -> Told:
        told = Told()
        async for records in self._records(_places(topics), start, ranges):
            for record in records:
                if sources.foreign(record) is None and (envelope := _envelope(record)) is not None:
                    told.note(record.place, envelope)
            await self._keep_notices(records)
        return told

    async def _keep_notices(self, records: Sequence[Record]) -> None:
        """Store the service's notices again, so that recipients can read them.

        Read marks are lost with the database.
        """
        if notices := [notice for record in records if (notice := _notice(record)) is not None]:
            async with self._database.connection() as connection, connection.transaction():
                await notice_rows.keep(connection, notices)

    async def _handled(
        self, places: list[TopicPartition], committed: Offsets, causes: set[str], ranges: abandoned.Ranges
    ) -> dict[tuple[str, int], int]:
        """The offset up to which each partition was handled: the committed one, or that of the last record that caused
        a published event.

        A partition is handled in order, so every record before that one was handled, too.
        """
        until = {(topic, number): end for topic, numbers in committed.items() for number, end in numbers.items()}
        async for records in self._records(places, committed, ranges):
            for record in records:
                envelope = _envelope(record)
                if envelope is not None and str(envelope.id) in causes:
                    place = (record.topic, record.partition)
                    until[place] = max(until.get(place, 0), record.offset + 1)
        return until

    async def _records(
        self, places: list[TopicPartition], start: Offsets, ranges: abandoned.Ranges
    ) -> AsyncIterator[list[Record]]:
        """Polls from the given offsets to the current ends, without skipped ranges.

        If there is no offset, or if the topic was deleted and created again since, from the first record that Kafka
        holds.
        """
        if not places:
            return
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        await consumer.start()
        try:
            consumer.assign(places)
            ends, begins = await consumer.end_offsets(places), await consumer.beginning_offsets(places)
            self._began_at |= abandoned.began_at(ranges, begins)
            for place in places:
                wanted = start.get(place.topic, {}).get(place.partition, 0)
                consumer.seek(place, wanted if begins[place] <= wanted <= ends[place] else begins[place])
            while any([await consumer.position(place) < ends[place] for place in places]):
                found = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
                polled = [raw for records in found.values() for raw in records]
                if kept := [Record.of(raw) for raw in polled if not abandoned.is_abandoned(ranges, raw)]:
                    yield kept
        finally:
            await consumer.stop()

    async def _number_on(self, last: Mapping[tuple[str, str], int]) -> None:
        """Set the sequences to the last ones on the topics; delete events from the outbox that are on the topics."""
        places = sorted(last)
        columns = [t for t, _ in places], [k for _, k in places], [last[place] for place in places]
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

    async def _hold_requests(self, report: Report) -> None:
        """Hold all due jobs for an operator, because the lost database may have run them."""
        async with self._database.connection() as connection, connection.transaction():
            held = await connection.fetch(
                # Counted as one attempt: the handler then looks first whether the work was done.
                """UPDATE outbound_requests SET state = 'held', leased_by = NULL, attempts = greatest(attempts, 1)
                   WHERE state = 'due' RETURNING id"""
            )
            report.dead_letters = await dead_letters.count_all_open(connection)
        report.held_requests = len(held)


def _places(topics: Sequence[Topic]) -> list[TopicPartition]:
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


def rebuild_now(name: str, database: Database, subscriptions: Subscriptions, bootstrap: str, plan: Plan) -> Report:
    async def run() -> Report:
        await database.open()
        try:
            return await Rebuild(name, database, subscriptions, bootstrap).run(plan)
        finally:
            await database.close()

    return asyncio.run(run())
