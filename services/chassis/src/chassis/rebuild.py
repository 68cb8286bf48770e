"""`python -m package rebuild PLAN`: what a lost database learned from topics after its backup, learned again.

Records are handled as ever, but nothing is told and nothing is asked outside: what followed from them was told and
asked by the database that was lost. Afterwards the sequences go on where the service's own topics end.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel

from chassis import abandoned
from chassis.database import Database
from chassis.outbox import Outgoing
from chassis.poll import PollHandler
from chassis.records import Record
from chassis.release_guard import ReleaseGuard
from chassis.subscriptions import Subscriptions
from contracts.envelope import Envelope, EnvelopeError
from contracts.topics import TOPICS, Topic

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()

POLL_MS = 1_000
POLL_RECORDS = 32
#: Topic → partition → offset.
Offsets = Mapping[str, Mapping[int, int]]


class Plan(BaseModel):
    """Where the backup stood, how far the lost database had come, and where the service's own topics are read from."""

    start: dict[str, dict[int, int]] = {}
    until: dict[str, dict[int, int]] = {}
    own: dict[str, dict[int, int]] = {}


class Report(BaseModel):
    """What was done. `own_later` counts what the service told after the backup, by type: acts among it are lost."""

    handled: int = 0
    not_told_again: int = 0
    dead_letters: int = 0
    held_requests: int = 0
    own_later: dict[str, int] = {}
    sequences: int = 0


class SilentHandler(PollHandler):
    """Handles and tells nothing."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        # A bad record was set aside before; here it is no sign of a bad release.
        super().__init__(database, subscriptions, ReleaseGuard(keys=2**31))
        self.not_told = 0

    async def tell(self, connection: "asyncpg.Connection[Any]", outgoing: Sequence[Outgoing]) -> None:
        self.not_told += len(outgoing)


class Rebuild:
    def __init__(self, name: str, database: Database, subscriptions: Subscriptions, bootstrap: str) -> None:
        self._name = name
        self._database = database
        self._subscriptions = subscriptions
        self._bootstrap = bootstrap

    async def run(self, plan: Plan, own_topics: Sequence[Topic] | None = None) -> Report:
        """Learn again from `start` to `until`. May be repeated: the inbox knows what it has seen."""
        own = [topic for topic in TOPICS if topic.producer == self._name] if own_topics is None else own_topics
        report = Report()
        async with self._database.connection() as connection:
            ranges = await abandoned.load(connection)
        last, causes = await self._own(own, plan, ranges, report)
        handler = SilentHandler(self._database, self._subscriptions)
        async for records in self._records(_places(self._subscriptions.topics()), plan.start):
            wanted = [
                record
                for record in records
                if not abandoned.is_abandoned(ranges, record.topic, record.partition, record.offset)
                and _was_handled(record, plan.until, causes)
            ]
            if wanted:
                await handler.handle(wanted)
                report.handled += len(wanted)
        report.not_told_again = handler.not_told
        await self._settle(last, report)
        log.info("rebuilt", **report.model_dump())
        return report

    async def _own(
        self, topics: Sequence[Topic], plan: Plan, ranges: abandoned.Ranges, report: Report
    ) -> tuple[dict[tuple[str, str], int], set[str]]:
        """The last sequence by topic and key, and what caused the events: records that were handled for sure."""
        last: dict[tuple[str, str], int] = {}
        causes: set[str] = set()
        types: Counter[str] = Counter()
        async for records in self._records(_places(topics), plan.own):
            for record in records:
                envelope = _envelope(record)
                if envelope is None or abandoned.is_abandoned(ranges, record.topic, record.partition, record.offset):
                    continue
                last[record.place] = max(last.get(record.place, 0), envelope.sequence)
                causes.add(envelope.causation_id)
                types[envelope.type] += 1
        report.own_later = dict(sorted(types.items()))
        return last, causes

    async def _records(self, places: list[TopicPartition], start: Offsets) -> AsyncIterator[list[Record]]:
        """Polls from the given offsets to the ends seen now; without an offset from the first record still held."""
        if not places:
            return
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        await consumer.start()
        try:
            consumer.assign(places)
            ends, begins = await consumer.end_offsets(places), await consumer.beginning_offsets(places)
            for place in places:
                wanted = start.get(place.topic, {}).get(place.partition, 0)
                consumer.seek(place, min(max(wanted, begins[place]), ends[place]))
            while any([await consumer.position(place) < ends[place] for place in places]):
                found = await consumer.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
                if found:
                    yield [Record.of(raw) for records in found.values() for raw in records]
        finally:
            await consumer.stop()

    async def _settle(self, last: Mapping[tuple[str, str], int], report: Report) -> None:
        """Sequences go on where the topics end; what was told is not told again; requests wait for an operator."""
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
            held = await connection.fetch(
                # Counted as tried, so that its worker looks first when an operator lets it go on.
                """UPDATE outbound_requests SET state = 'held', leased_by = NULL, attempts = greatest(attempts, 1)
                   WHERE state = 'due' RETURNING id"""
            )
            report.dead_letters = await connection.fetchval(
                "SELECT count(*) FROM dead_letters WHERE state IN ('failed', 'parked')"
            )
        report.held_requests, report.sequences = len(held), len(places)


def _places(topics: Sequence[Topic]) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]


def _envelope(record: Record) -> Envelope | None:
    try:
        return Envelope.from_headers(record.headers)
    except EnvelopeError:
        return None


def _was_handled(record: Record, until: Offsets, causes: set[str]) -> bool:
    """The lost database had committed its offset, or has told what follows from it."""
    if record.offset < until.get(record.topic, {}).get(record.partition, 0):
        return True
    envelope = _envelope(record)
    return envelope is not None and str(envelope.id) in causes


def rebuild_now(name: str, database: Database, subscriptions: Subscriptions, bootstrap: str, plan: Plan) -> Report:
    async def run() -> Report:
        await database.open()
        try:
            return await Rebuild(name, database, subscriptions, bootstrap).run(plan)
        finally:
            await database.close()

    return asyncio.run(run())
