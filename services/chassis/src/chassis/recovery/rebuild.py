"""`python -m package rebuild PLAN`: what a lost database learned from topics after its backup, learned again.

Records are handled as ever, but nothing is asked outside, and nothing is told that lies on the service's own topics:
the database that was lost has asked and told it. What it had not published yet is told now, under the sequences that
follow on those topics.
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
#: No outbox stands for so long. What followed from older records may have left the topics, and would look unpublished.
UNPUBLISHED_AT_MOST = timedelta(days=30)
#: Topic → partition → offset.
Offsets = Mapping[str, Mapping[int, int]]


class Plan(BaseModel):
    """Where the backup stood, how far the lost database had come, and where the service's own topics are read from."""

    start: dict[str, dict[int, int]] = {}
    until: dict[str, dict[int, int]] = {}
    own: dict[str, dict[int, int]] = {}


class Report(BaseModel):
    """What was done. `own_later` counts what the service told after the backup, by type: acts among it are lost.

    Events that follow from the records: `told_again` had not been published, `not_told_again` had, and
    `told_otherwise` are those which the topics contradict: not told, each in the log, for an operator to settle.
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
    """Handles, and tells only what was in no outbox but the lost one."""

    def __init__(self, database: Database, subscriptions: Subscriptions, told: Told, report: Report) -> None:
        # A bad record was set aside before; here it is no sign of a bad release.
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
        """Learn again from `start` to `until`. May be repeated: the inbox knows what it has seen."""
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
        """What recipients were told, they can read again; which of it they had read is lost with the database."""
        if notices := [notice for record in records if (notice := _notice(record)) is not None]:
            async with self._database.connection() as connection, connection.transaction():
                await notice_rows.keep(connection, notices)

    async def _handled(
        self, places: list[TopicPartition], committed: Offsets, causes: set[str], ranges: abandoned.Ranges
    ) -> dict[tuple[str, int], int]:
        """How far each partition was handled: as far as committed, and up to the last record that has told something.

        A partition is handled in order, so what stands before that record was handled, too, whether it told or not.
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
        """Polls from the given offsets to the ends seen now, without what a restore has left behind.

        Without an offset, and on a topic that was made anew since, from the first record still held.
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
        """Sequences go on where the topics end; what stands there is in no outbox any more."""
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
        """They may have been carried out: they wait for an operator."""
        async with self._database.connection() as connection, connection.transaction():
            held = await connection.fetch(
                # Counted as tried, so that its worker looks first when an operator lets it go on.
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
    """The notice that a record of the service's own tells, or None."""
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
