"""A database is lost, and the service rebuilds its tables from the topics."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from integration.chassis.messaging.test_transport import publish, until
from integration.chassis.sample_service import Sample, removal

from chassis.consumers.transport import Transport
from chassis.database import UnitOfWork
from chassis.health import HealthState
from chassis.messaging import Record, Subscriptions
from chassis.recovery import Rebuild, RebuildPlan
from chassis.recovery.rebuild import RebuildReport
from chassis.sql import skipped_ranges
from chassis.testing import Bench, service_under_test
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.members import MembersRemoved
from contracts.topics import Topic
from support.databases import Templates
from support.topics import create_topics, unique_name

UNIT = UUID(int=7)
OTHER_UNIT = UUID(int=8)


class RebuiltSample(Sample):
    """The sample service, but it publishes on a topic that only this test uses. It publishes nothing for a record whose
    number of people is in `silent`."""

    def __init__(self, topic: Topic) -> None:
        super().__init__()
        self._published_type = type("PublishedRemoval", (MembersRemoved,), {"topic": topic})
        self.silent: set[int] = set()
        #: The units of the events that are published next. If the list is empty: the unit of the consumed event.
        self.published_units: list[UUID] = []

    async def _on_removed(self, event: MembersRemoved, work: UnitOfWork) -> list[Event]:
        await super()._on_removed(event, work)
        if len(event.member_ids) in self.silent:
            return []
        return [self._published_type(**removal(unit).model_dump()) for unit in self.published_units or [event.unit_id]]

    def sizes(self) -> list[int]:
        """The number of people in each handled record."""
        return [len(event.member_ids) for event in self.handled]


class Reading(Subscriptions):
    """The sample's subscriptions, but on a topic that only this test uses."""

    def __init__(self, subscriptions: Subscriptions, topic: Topic) -> None:
        super().__init__()
        self._handlers = subscriptions._handlers
        self._topic = topic

    def topics(self) -> list[Topic]:
        return [self._topic]


@dataclass
class World:
    """A topic that the service consumes, and a topic on which it publishes. Each call of `service` starts the service
    on an empty database."""

    consumed: Topic
    published_topic: Topic
    bootstrap: str
    publisher: RebuiltSample
    templates: Templates

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Bench]:
        """The service on an empty database."""
        self.publisher.handled.clear()
        async with (
            self.templates.copy(["chassis"]) as database,
            service_under_test(self.publisher.service, database) as bench,
        ):
            yield bench

    async def lost(self, records: Iterable[Record], *, published: Iterable[int]) -> None:
        """Handle all records in one poll, in a database that is then lost.

        The records lead to events. Only the events whose index is in `published` reach the topic.
        """
        consumed = [replace(one, topic=self.consumed.name, offset=n) for n, one in enumerate(records)]
        await publish(self.bootstrap, consumed)
        async with self.service() as bench:
            await bench.redeliver(consumed)
            followed = await bench.published()
        await self.publish([followed[number] for number in published])

    async def publish(self, events: Iterable[tuple[Envelope, Event]]) -> None:
        await publish(
            self.bootstrap,
            [
                Record(
                    self.published_topic.name,
                    0,
                    0,
                    event.key(),
                    envelope.to_headers(),
                    event.model_dump_json().encode(),
                )
                for envelope, event in events
            ],
        )

    async def rebuilt(self, bench: Bench, committed: int = 0, start: int = 0) -> RebuildReport:
        plan = RebuildPlan(start={self.consumed.name: {0: start}}, until={self.consumed.name: {0: committed}})
        reading = Reading(self.publisher.service.on, self.consumed)
        return await Rebuild("sample", bench.database, reading, self.bootstrap).run(plan, [self.published_topic])


@pytest.fixture
async def world(kafka_topics: str, templates: Templates) -> World:
    consumed, published = (
        Topic(unique_name(name), "unit_id", "sample", (), "t", partitions=1) for name in ("consumed", "published")
    )
    await create_topics(kafka_topics, [consumed, published])
    return World(consumed, published, kafka_topics, RebuiltSample(published), templates)


@pytest.fixture
def incoming(bench: Bench) -> list[Record]:
    """Three records of one key, with one, two and three people."""
    return [bench.record(removal(UNIT, number)) for number in (1, 2, 3)]


async def republished(bench: Bench) -> list[tuple[str, int]]:
    """Key and sequence of the events in the outbox."""
    return [(event.key(), envelope.sequence) for envelope, event in await bench.published()]


async def test_published_events_are_not_published_again_and_sequences_go_on(world: World, incoming: list[Record]):
    await world.lost(incoming, published=[0, 1, 2])
    async with world.service() as bench:
        report = await world.rebuilt(bench, committed=3)
        assert world.publisher.sizes() == [1, 2, 3]
        assert (report.handled, report.republished, report.already_published, report.sequences) == (3, 0, 3, 1)
        assert report.own_later == {MembersRemoved.ce_type: 3}
        assert await republished(bench) == []
        async with bench.database.read() as connection:
            assert (
                await connection.fetchval(
                    "SELECT last FROM outbox_sequences WHERE topic = $1", world.published_topic.name
                )
                == 3
            )


async def test_unpublished_events_of_the_lost_outbox_are_published(world: World, incoming: list[Record]):
    await world.lost(incoming, published=[0])
    async with world.service() as bench:
        report = await world.rebuilt(bench, committed=3)
        assert (report.republished, report.already_published, report.contradicted) == (2, 1, 0)
        assert await republished(bench) == [(str(UNIT), 2), (str(UNIT), 3)]
        # The second rebuild begins before the relay has published. Inbox and outbox prevent a second copy of an event.
        again = await world.rebuilt(bench, committed=3)
        assert (again.republished, again.already_published) == (0, 0)
        assert await republished(bench) == [(str(UNIT), 2), (str(UNIT), 3)]


async def test_a_record_that_published_shows_that_all_before_it_in_its_partition_were_handled(
    world: World, incoming: list[Record]
):
    world.publisher.silent = {1}
    await world.lost(incoming, published=[0])
    async with world.service() as bench:
        # The database committed the poll, and its event was published, but Kafka's offsets were not committed any more.
        report = await world.rebuilt(bench)
        assert world.publisher.sizes() == [1, 2]
        assert (report.handled, report.already_published) == (2, 1)


async def test_a_record_that_led_to_another_event_before_publishes_nothing_now(world: World, incoming: list[Record]):
    world.publisher.published_units = [OTHER_UNIT]
    await world.lost(incoming[:1], published=[0])
    world.publisher.published_units = [UNIT]
    async with world.service() as bench:
        report = await world.rebuilt(bench, committed=1)
        assert (report.handled, report.republished, report.contradicted) == (1, 0, 1)
        assert await republished(bench) == []


async def test_nothing_is_published_behind_an_event_that_no_record_explains(
    world: World, incoming: list[Record], bench: Bench
):
    world.publisher.silent = {1}
    await world.lost(incoming[:1], published=[])
    # The database lost a command, too. After the command, the service published nothing for the record. Without the
    # command, it would publish an event.
    act = world.publisher._published_type(**removal(UNIT).model_dump())
    async with bench.database.work(uuid4()) as work:
        work.emit([act])
    await world.publish(await bench.published())
    world.publisher.silent = set()
    async with world.service() as bench:
        report = await world.rebuilt(bench, committed=1)
        assert (report.republished, report.contradicted) == (0, 1)
        assert await republished(bench) == []


async def test_a_partly_published_set_of_events_is_completed(world: World, incoming: list[Record]):
    world.publisher.published_units = [UNIT, OTHER_UNIT]
    await world.lost(incoming[:1], published=[1])
    async with world.service() as bench:
        report = await world.rebuilt(bench, committed=1)
        assert (report.republished, report.already_published) == (1, 1)
        assert await republished(bench) == [(str(UNIT), 1)]


async def test_events_of_old_records_that_retention_removed_are_not_published_again(
    world: World, incoming: list[Record]
):
    old = replace(Envelope.from_headers(incoming[0].headers), time=datetime.now(UTC) - timedelta(days=399))
    await world.lost([replace(incoming[0], headers=old.to_headers())], published=[])
    async with world.service() as bench:
        report = await world.rebuilt(bench, committed=1)
        assert (report.handled, report.republished, report.already_published) == (1, 0, 1)


async def test_jobs_that_may_have_been_run_wait_for_an_operator(world: World, incoming: list[Record]):
    await world.lost(incoming, published=[0, 1, 2])
    async with world.service() as bench:
        async with bench.database.work(uuid4()) as work:
            await work.enqueue("sample.ask", str(UNIT), {})
        assert (await world.rebuilt(bench, committed=3)).held_jobs == 1
        assert await bench.run_jobs() == 0
        operator = bench.token("operator", None)
        [held] = (await bench.client.get("/ops/jobs?state=held", headers=operator)).json()["items"]
        await bench.client.post(f"/ops/jobs/{held['id']}/retry", headers=bench.token("operator", None))
        assert await bench.run_jobs() == 1
        assert world.publisher.registry.attempts == [2]


def renumbered(record: Record, sequence: int) -> Record:
    """The record as an owner publishes it after a restore. The owner uses sequences of the skipped records again."""
    headers = [(name, b"%d" % sequence if name == "ce_sequence" else value) for name, value in record.headers]
    return replace(record, headers=headers)


async def test_a_rebuild_skips_the_records_that_a_restore_has_skipped(world: World, incoming: list[Record]):
    await world.lost([*incoming[:2], renumbered(incoming[2], 2)], published=[])
    async with world.service() as bench:
        async with bench.database.connection() as connection:
            restored_at = datetime.now(UTC)
            await skipped_ranges.save(
                connection, [skipped_ranges.SkippedRange(world.consumed.name, 0, 1, 2, restored_at)]
            )
        await world.rebuilt(bench, committed=3)
        assert world.publisher.sizes() == [1, 3]


async def test_a_skipped_range_does_not_apply_to_a_topic_created_again(world: World, incoming: list[Record]):
    restored_at = datetime.now(UTC)
    # Kafka's disk is lost, and the topics are created again. The new topics reach the same offsets as the lost topics.
    await world.lost(incoming, published=[])
    async with world.service() as bench:
        async with bench.database.connection() as connection:
            await skipped_ranges.save(
                connection, [skipped_ranges.SkippedRange(world.consumed.name, 0, 1, 2, restored_at)]
            )
        await world.rebuilt(bench, committed=3)
        assert world.publisher.sizes() == [1, 2, 3]


async def test_a_topic_created_again_since_the_backup_is_read_from_its_beginning(world: World, incoming: list[Record]):
    await world.lost(incoming, published=[])
    async with world.service() as bench:
        await world.rebuilt(bench, committed=3, start=5_000)
        assert world.publisher.sizes() == [1, 2, 3]


@pytest.mark.parametrize("live", [False, True])
async def test_a_topic_created_again_at_a_restore_may_begin_with_any_number(
    world: World, incoming: list[Record], live: bool
):
    """Kafka's disk was lost, and the owner continues its sequences. The earlier records are on no topic, so the
    reader must handle the first record, and not hold it as a record that came too early."""
    await publish(
        world.bootstrap, [replace(renumbered(one, n), topic=world.consumed.name) for n, one in enumerate(incoming, 5)]
    )
    async with world.service() as bench:
        async with bench.database.connection() as connection:
            await skipped_ranges.save(
                connection, [skipped_ranges.SkippedRange(world.consumed.name, 0, 0, 0, datetime.now(UTC))]
            )
        if live:
            await read_live(world, bench)
        else:
            await world.rebuilt(bench, committed=3)
        assert world.publisher.sizes() == [1, 2, 3]
        assert await bench.dead_letters() == []


async def read_live(world: World, bench: Bench) -> None:
    """Consume until the record of three people is handled."""
    bench.runtime.settings.kafka_bootstrap = world.bootstrap
    one = Transport(
        unique_name("sample"), [world.consumed], bench.runtime.handler, bench.runtime.settings, HealthState()
    )
    await one.start()
    try:
        await until(lambda: 3 in world.publisher.sizes(), "the last record is handled")
    finally:
        await one.stop()


async def test_live_consumers_skip_exactly_the_records_that_a_restore_has_skipped(world: World, incoming: list[Record]):
    later = [renumbered(record, number) for number, record in enumerate(incoming[1:], 1)]
    await world.lost([incoming[0], *later], published=[])
    async with world.service() as bench:
        async with bench.database.connection() as connection:
            now = datetime.now(UTC)
            behind = [
                skipped_ranges.SkippedRange(world.consumed.name, 0, 0, 1, now),
                skipped_ranges.SkippedRange(world.consumed.name, 0, 1, 2, now - timedelta(days=1)),
            ]
            await skipped_ranges.save(connection, behind)
        await read_live(world, bench)
        assert world.publisher.sizes() == [2, 3]
