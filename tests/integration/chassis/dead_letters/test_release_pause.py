"""Two replicas of a service run a bad release and pause; one resume command of an operator lets both continue."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from integration.chassis.messaging.test_transport import publish, until
from integration.chassis.sample_service import BAD, Sample, removal

from chassis.consumers.transport import Transport
from chassis.poll_handling import FailureBreakerOpen, resume_signals
from chassis.poll_handling.failure_breaker import KEYS
from chassis.testing import Bench, service_under_test
from contracts.topics import Topic
from support.topics import create_topics, unique_name


@pytest.fixture
async def replicas(sample: Sample, database: str) -> AsyncIterator[list[Bench]]:
    """Two replicas of the sample on one database; both append to the same list of handled events."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(service_under_test(sample.service, database)) for _ in range(2)]


async def resume(bench: Bench, **body: Any) -> None:
    answer = await bench.client.post("/ops/resume", json=body, headers=bench.token("operator", None, "li"))
    assert answer.json() == {"resumed": True}


async def meet_bad_release(bench: Bench, keys: int = 5) -> None:
    await bench.deliver(*[removal(uuid4(), BAD) for _ in range(keys)])


async def test_one_command_lets_every_paused_replica_continue(replicas: list[Bench], sample: Sample):
    for one in replicas:
        with pytest.raises(FailureBreakerOpen):
            await meet_bad_release(one)
        assert not await one.runtime.handler.may_continue()
    await resume(replicas[0])
    sample.broken = False
    for one in replicas:
        assert await one.runtime.handler.may_continue()
        assert one.runtime.handler.breaker.paused_for is None
        await meet_bad_release(one)
    assert len(sample.handled) == 10


async def test_a_command_from_before_the_pause_does_not_end_it(replicas: list[Bench]):
    one, other = replicas
    await resume(other)
    with pytest.raises(FailureBreakerOpen):
        await meet_bad_release(one)
    assert not await one.runtime.handler.may_continue()
    await resume(other)
    assert await one.runtime.handler.may_continue()


async def test_accepted_failures_hold_on_a_replica_that_was_not_paused_yet(replicas: list[Bench]):
    one, other = replicas
    await resume(one, accept_failures=True)
    await meet_bad_release(other, 9)
    assert other.runtime.handler.breaker.paused_for is None
    assert len(await other.dead_letters()) == 9


async def test_accepted_failures_are_those_of_the_minute_after_the_command(replicas: list[Bench]):
    async with replicas[0].database.connection() as connection, connection.transaction():
        # The role of a service cannot set the time of an audit row, so the owner's role inserts it.
        await connection.execute("SET LOCAL ROLE NONE")
        await connection.execute(
            """INSERT INTO audit_log (at, account, role, command_id, name, subject, detail)
               VALUES (now() - interval '61 s', 'li', 'operator', $1, 'subscriber_resumed', '', $2)""",
            uuid4(),
            {"accept_failures": True},
        )
    with pytest.raises(FailureBreakerOpen):
        await meet_bad_release(replicas[1])


async def test_a_poll_that_began_before_the_command_finds_it(bench: Bench):
    async with bench.database.connection() as connection, connection.transaction():
        assert (await resume_signals.last(connection)).audit_id == 0
        await resume(bench, accept_failures=True)
        found = await resume_signals.last(connection)
    assert found.audit_id > 0
    assert found.accept_failures
    assert 0 <= found.age_s < resume_signals.ResumeSignal().age_s


async def test_members_of_a_group_pause_each_for_itself_and_go_on_together(
    replicas: list[Bench], sample: Sample, kafka_topics: str
):
    sample.quiet = True
    topic = Topic(unique_name("paused"), "unit_id", "sample", (), "t", partitions=2)
    await create_topics(kafka_topics, [topic])
    group = f"sample-{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        members = []
        for one in replicas:
            one.runtime.settings.kafka_bootstrap = kafka_topics
            member = Transport(group, [topic], one.runtime.handler, one.runtime.settings, one.runtime.health)
            await member.start()
            stack.push_async_callback(member.stop)
            members.append(member)
        await until(lambda: all(member.assigned() == 1 for member in members), "a partition for each")
        units = [uuid4() for _ in range(60)]
        await publish(
            kafka_topics, [replace(replicas[0].record(removal(unit, BAD)), topic=topic.name) for unit in units]
        )
        await until(lambda: all("release" in one.runtime.health.unready() for one in replicas), "both paused")
        # The records possibly came in several polls. A poll is committed if fewer than five keys have failed up to its
        # end; its records become dead letters. The poll in which the fifth key fails is rolled back.
        letters = len(await replicas[0].dead_letters())
        assert letters <= 2 * (KEYS - 1)
        sample.broken = False
        await resume(replicas[0])
        await until(lambda: len(sample.handled) == len(units) - letters, "the others handled")
        await until(lambda: not any("release" in one.runtime.health.unready() for one in replicas), "both go on")


async def test_a_paused_member_without_a_record_goes_on_too(replicas: list[Bench], kafka_topics: str):
    one, other = replicas
    topic = Topic(unique_name("paused"), "unit_id", "sample", (), "t", partitions=1)
    await create_topics(kafka_topics, [topic])
    with pytest.raises(FailureBreakerOpen):
        await meet_bad_release(one)
    one.runtime.settings.kafka_bootstrap = kafka_topics
    health = one.runtime.health
    health.waits_for("release", "paused, and then another replica took the partition that held the records")
    member = Transport(f"sample-{uuid4().hex[:8]}", [topic], one.runtime.handler, one.runtime.settings, health)
    await member.start()
    try:
        await resume(other)
        await until(lambda: "release" not in health.unready(), "goes on")
    finally:
        await member.stop()
    assert one.runtime.handler.breaker.paused_for is None
