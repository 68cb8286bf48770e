"""A service that stands still for a backup, and one whose database is learned again from topics."""

from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from integration.chassis.sample_service import Sample, removal
from integration.chassis.test_transport import publish

from chassis import abandoned
from chassis.maintenance import StoppedForMaintenance
from chassis.rebuild import Plan, Rebuild
from chassis.records import Record
from chassis.subscriptions import Subscriptions
from chassis.testing import Bench, service_under_test
from contracts.members import MembersRemoved
from contracts.topics import Topic
from support.fixtures import MakeDatabase
from support.topics import create_topics, unique_name


async def enter(bench: Bench, state: str) -> Any:
    headers = bench.token("operator", None, "li")
    return await bench.client.post("/ops/maintenance", json={"state": state, "reason": "backup"}, headers=headers)


async def rest(bench: Bench) -> Any:
    return (await bench.client.get("/ops/maintenance", headers=bench.token("operator", None))).json()


async def test_a_draining_service_refuses_acts_and_finishes_what_it_has(bench: Bench, sample: Sample):
    node = uuid4()
    headers = bench.token("handler", node)
    await bench.client.post(f"/asks/{node}", headers=headers)
    assert (await rest(bench))["dry"] is False
    assert (await enter(bench, "draining")).json() == {"before": "open", "state": "draining"}
    refused = await bench.client.post(f"/asks/{node}", headers=bench.token("handler", node))
    assert (refused.status_code, refused.json()["code"]) == (503, "MAINTENANCE")
    assert await bench.run_outbound() == 1
    await bench.deliver(removal(uuid4()))
    assert len(sample.handled) == 1
    assert (await rest(bench))["outbound_due"] == 0


async def test_a_stopped_service_handles_no_poll_and_begins_no_request_until_it_is_open(bench: Bench, sample: Sample):
    node = uuid4()
    await bench.client.post(f"/asks/{node}", headers=bench.token("handler", node))
    await enter(bench, "stopped")
    records = [bench.record(removal(uuid4()))]
    with pytest.raises(StoppedForMaintenance):
        await bench.redeliver(records)
    assert await bench.run_outbound() == 0
    await enter(bench, "stopped")
    await enter(bench, "open")
    await bench.redeliver(records)
    assert len(sample.handled) == 1
    assert await bench.run_outbound() == 1
    acts = (await bench.client.get("/acts", headers=bench.token("auditor", None))).json()
    assert [act["name"] for act in acts] == ["asked", "maintenance_stopped", "maintenance_open"]


async def test_only_operators_stop_a_service(bench: Bench):
    headers = bench.token("handler", uuid4())
    body = {"state": "stopped", "reason": "r"}
    assert (await bench.client.post("/ops/maintenance", json=body, headers=headers)).status_code == 403


@pytest.fixture
async def topics(kafka_topics: str) -> tuple[Topic, Topic]:
    """What the sample service reads and what it tells, apart from the topics of other tests."""
    pair = [Topic(unique_name(name), "unit_id", "sample", (), "t", partitions=2) for name in ("taken", "told")]
    await create_topics(kafka_topics, pair)
    return pair[0], pair[1]


class Reading(Subscriptions):
    """The sample's subscriptions, on a topic of this test's own."""

    def __init__(self, subscriptions: Subscriptions, topic: Topic) -> None:
        self._handlers = subscriptions._handlers
        self._topic = topic

    def topics(self) -> list[Topic]:
        return [self._topic]


def at(topic: Topic, record: Record, offset: int) -> Record:
    return Record(topic.name, 0, offset, record.key, record.headers, record.value)


async def test_a_lost_database_learns_again_tells_nothing_and_numbers_on(
    sample: Sample, topics: tuple[Topic, Topic], kafka_topics: str, make_database: MakeDatabase
):
    taken, told = topics
    unit = uuid4()
    async with service_under_test(sample.service, await make_database()) as lost:
        incoming = [lost.record(removal(unit, number)) for number in (1, 2, 3)]
        await publish(kafka_topics, [at(taken, one, 0) for one in incoming])
        await lost.redeliver([at(taken, one, n) for n, one in enumerate(incoming[:2])])
        followed = [(envelope, event) for envelope, event in await lost.published()]
        sent = [(e.to_headers(), event.model_dump_json().encode()) for e, event in followed]
        await publish(kafka_topics, [Record(told.name, 0, 0, str(unit), headers, value) for headers, value in sent])
    sample.handled.clear()
    async with service_under_test(sample.service, await make_database()) as bench:
        async with bench.database.work(uuid4()) as work:
            await work.request("sample.ask", str(unit), {})
        reading = Reading(sample.service.on, taken)
        rebuild = Rebuild("sample", bench.database, reading, kafka_topics)
        # The offset of the second was not committed when the database was lost, but what follows was told.
        report = await rebuild.run(Plan(until={taken.name: {await partition_of(kafka_topics, taken): 1}}), [told])
        assert [len(event.member_ids) for event in sample.handled] == [1, 2]
        assert (report.handled, report.not_told_again, report.held_requests, report.sequences) == (2, 2, 1, 1)
        assert report.own_later == {MembersRemoved.ce_type: 2}
        assert await bench.published() == []
        assert await bench.run_outbound() == 0
        [held] = (await bench.client.get("/ops/outbound?state=held", headers=bench.token("operator", None))).json()[
            "items"
        ]
        await bench.client.post(f"/ops/outbound/{held['id']}/retry", headers=bench.token("operator", None))
        assert await bench.run_outbound() == 1
        assert sample.registry.attempts == [2]
        again = await rebuild.run(Plan(until={taken.name: {0: 9, 1: 9}}), [told])
        assert [len(event.member_ids) for event in sample.handled] == [1, 2, 3]
        assert again.not_told_again == 1
        async with bench.database.read() as connection:
            assert await connection.fetchval("SELECT last FROM outbox_sequences WHERE topic = $1", told.name) == 2


async def test_what_a_restore_has_left_behind_is_not_learned_again(
    bench: Bench, sample: Sample, topics: tuple[Topic, Topic], kafka_topics: str
):
    taken, told = topics
    unit = uuid4()
    records = [bench.record(removal(unit, number)) for number in (1, 2, 3)]
    await publish(kafka_topics, [at(taken, one, 0) for one in records])
    number = await partition_of(kafka_topics, taken)
    async with bench.database.connection() as connection:
        await abandoned.save(connection, [(taken.name, number, 1, 2)])
    plan = Plan(until={taken.name: {0: 9, 1: 9}})
    await Rebuild("sample", bench.database, Reading(sample.service.on, taken), kafka_topics).run(plan, [told])
    assert [len(event.member_ids) for event in sample.handled] == [1, 3]


async def partition_of(bootstrap: str, topic: Topic) -> int:
    """The one that holds anything."""
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(topic.name, 0), TopicPartition(topic.name, 1)])
    finally:
        await consumer.stop()
    [number] = [place.partition for place, end in ends.items() if end]
    return number
