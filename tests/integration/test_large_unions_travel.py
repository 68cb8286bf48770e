"""member-svc edits a large union. The services that keep a copy of the tree must store the same units: after the events
have arrived, after they have arrived a second time, and after a rebuild from Kafka."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.messaging import Record, Subscriptions, tree_units
from chassis.publishing import Producers, Publication, unpublished
from chassis.recovery import Rebuild, RebuildPlan
from chassis.testing import Bench, service_under_test
from contracts.topics import UNION_UNITS, UNIONS, Topic
from enrollment_svc.__main__ import service as enrollment
from enrollment_svc.domain.refusals import UnionInactive
from enrollment_svc.usecases.unions import enrolling_union
from member_svc.__main__ import service as member
from payment_svc.__main__ import service as payment
from support.fixtures import MakeDatabase

TREE = (UNIONS, UNION_UNITS)
#: Settings that payment-svc requires; the tests call none of these addresses.
PAYMENT = {"center_url": "http://127.0.0.1:1", "public_url": "http://127.0.0.1:1", "voucher_store": "/nonexistent"}
#: Units as the owner stores them, and as a reader stores them.
OWN = "SELECT union_id, unit_id, name FROM units WHERE union_id = ANY($1)"
KNOWN = "SELECT node_id AS union_id, unit_id, name FROM tree_units WHERE node_id = ANY($1)"


class TreeOnly(Subscriptions):
    """A service's subscriptions, limited to the tree's topics, because the other topics contain records of other
    tests."""

    def __init__(self, on: Subscriptions) -> None:
        super().__init__()
        self._handlers, self._lockers = on._handlers, on._lockers

    def topics(self) -> list[Topic]:
        return list(TREE)


@dataclass
class Stage:
    """The owner of the tree, its readers, and the broker between them."""

    owner: Bench
    readers: list[Bench]
    bootstrap: str
    producers: Producers
    dice: random.Random
    city: UUID = field(default_factory=uuid4)
    large: UUID = field(default_factory=uuid4)
    small: UUID = field(default_factory=uuid4)

    async def act(self, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = self.owner.token("municipal", None)
        answer = await self.owner.client.request(method, path, json=body, headers=headers)
        assert answer.status_code in (200, 202), answer.text
        await self.travel()
        return answer

    async def put(self, union_id: UUID, **more: Any) -> None:
        parent = None if union_id == self.city else str(self.city)
        kind = "municipal" if union_id == self.city else "joint"
        await self.act("PUT", f"/unions/{union_id}", {"name": "工会", "union_type": kind, "parent_id": parent} | more)

    async def travel(self) -> None:
        """Send the published events to Kafka and to the readers. Each reader gets the events of different keys in a
        random order, and some events twice."""
        told: list[Publication] = []
        async with self.owner.database.connection() as connection:
            while rows := await unpublished(connection):
                await self.producers.publish(rows)
                await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row.id for row in rows])
                told += rows
        records = [Record(row.topic, 0, row.id, row.key, row.headers, row.payload) for row in told]
        for reader in self.readers:
            order = shuffled(records, self.dice)
            await reader.redeliver(order[: len(order) // 2])
            await reader.redeliver(order)
            assert await reader.dead_letters() == []

    async def agreed(self, *readers: Bench) -> dict[UUID, set[tuple[UUID, str]]]:
        """The units of every union as the owner stores them. Asserts that the readers store the same units."""
        own = await units_of(self.owner, OWN, self.large, self.small)
        for reader in readers or self.readers:
            assert await units_of(reader, KNOWN, self.large, self.small) == own
        return own


async def units_of(bench: Bench, sql: str, *union_ids: UUID) -> dict[UUID, set[tuple[UUID, str]]]:
    found: dict[UUID, set[tuple[UUID, str]]] = defaultdict(set)
    async with bench.database.read() as connection:
        rows = await connection.fetch(sql, list(union_ids))
    for row in rows:
        found[row["union_id"]].add((row["unit_id"], row["name"]))
    return dict(found)


def shuffled(records: Iterable[Record], dice: random.Random) -> list[Record]:
    """The records in a random order, in which only the records of the same key keep their order."""
    queues: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        queues[record.key].append(record)
    order = [key for key, queue in queues.items() for _ in queue]
    dice.shuffle(order)
    return [queues[key].pop(0) for key in order]


@pytest.fixture
async def stage(make_database: MakeDatabase, kafka_topics: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(service_under_test(member, await make_database("member")))
        readers = [
            await stack.enter_async_context(service_under_test(enrollment, await make_database("enrollment"))),
            await stack.enter_async_context(service_under_test(payment, await make_database("payment"), **PAYMENT)),
        ]
        producers = Producers(kafka_topics, f"member-svc-{uuid4().hex[:8]}")
        stack.push_async_callback(producers.discard)
        yield Stage(owner, readers, kafka_topics, producers, random.Random(9))


async def ends(bootstrap: str) -> dict[str, dict[int, int]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [TopicPartition(topic.name, number) for topic in TREE for number in range(topic.partitions)]
        found = await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    return {topic.name: {p.partition: end for p, end in found.items() if p.topic == topic.name} for topic in TREE}


@pytest.mark.parametrize("count", [5_000, 10_000])
async def test_readers_hold_the_units_that_the_owner_holds(stage: Stage, make_database: MakeDatabase, count: int):
    listed = [{"unit_id": str(uuid4()), "name": f"企业{n}"} for n in range(count)]
    first, second, third, *_ = listed
    await stage.put(stage.city)
    await stage.put(stage.small)
    await stage.put(stage.large, units=listed[:900])
    assert len((await stage.agreed())[stage.large]) == 900
    await stage.put(stage.large, units=listed)
    assert len((await stage.agreed())[stage.large]) == count

    changes = {"change": [first | {"name": "更名"}], "remove": [second["unit_id"]]}
    await stage.act("POST", f"/unions/{stage.large}/units", changes)
    await stage.act("POST", f"/units/{third['unit_id']}/move", {"to_union_id": str(stage.small), "reason": "迁入"})
    held = await stage.agreed()
    assert (len(held[stage.large]), (UUID(first["unit_id"]), "更名") in held[stage.large]) == (count - 2, True)
    assert held[stage.small] == {(UUID(third["unit_id"]), third["name"])}

    await stage.put(stage.large, active=False, parent_id=str(stage.small))
    for reader in stage.readers[:1]:
        async with reader.database.read() as connection:
            with pytest.raises(UnionInactive):
                await enrolling_union(connection, stage.large)
    await stage.agreed()

    async with service_under_test(enrollment, await make_database("rebuilt")) as rebuilt:
        plan = RebuildPlan(until=await ends(stage.bootstrap))
        await Rebuild(enrollment.name, rebuilt.database, TreeOnly(enrollment.on), stage.bootstrap).run(plan)
        assert len((await stage.agreed(rebuilt))[stage.large]) == count - 2

    await stage.put(stage.large, units=listed[10:20])
    assert len((await stage.agreed())[stage.large]) == 10
    async with service_under_test(enrollment, await make_database("rebuilt")) as rebuilt:
        plan = RebuildPlan(until=await ends(stage.bootstrap))
        await Rebuild(enrollment.name, rebuilt.database, TreeOnly(enrollment.on), stage.bootstrap).run(plan)
        await stage.agreed(rebuilt)
        async with rebuilt.database.read() as connection:
            assert len(await tree_units.ids(connection, stage.large)) == 10
