"""Checks whether Kafka and PostgreSQL answer, over connections of its own.

While this check fails, no loop counts as stuck (`HealthState`). A loop can get an error from Kafka or PostgreSQL
although this check succeeds. Then the loop can still count as stuck, because the cause is possibly a defect of the
loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.health import HealthState, check_disk_space
from chassis.resilience import describe, within
from chassis.sql import Connection
from contracts.topics import Topic

log = structlog.get_logger()

LOOP = "probe"
DATABASE = "database"
KAFKA = "kafka"
EVERY_S = 2.0
ANSWER_S = 5.0


class InfrastructureProbe:
    """Checks Kafka and PostgreSQL every `every_s` seconds.

    `ends`: for each partition, the offset up to which consumers can read.

    Consumers cannot read the records of an open transaction yet, nor the records after them.
    """

    def __init__(
        self,
        health: HealthState,
        database_url: str,
        bootstrap: str,
        topics: Sequence[Topic],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._health = health
        self._database_url = database_url
        self._bootstrap = bootstrap
        # Check often enough that an outage is found before a loop could count as stuck.
        self._every_s = min(every_s, health.stuck_after_s / 4)
        self._answer_s = min(ANSWER_S, health.stuck_after_s / 4)
        self.partitions = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        self.ends: dict[TopicPartition, int] = {}
        self._connection: Connection | None = None
        self._consumer: AIOKafkaConsumer | None = None

    async def run(self) -> None:
        """Run until canceled."""
        try:
            while True:
                self._health.tick(LOOP)
                checks = [self._check(DATABASE, self._query_database, self._close_database)]
                if self._bootstrap:
                    checks.append(self._check(KAFKA, self._query_kafka, self._close_kafka))
                await asyncio.gather(*checks)
                await asyncio.sleep(self._every_s)
        finally:
            self._health.ended(LOOP)
            await asyncio.gather(self._close_database(), self._close_kafka(), return_exceptions=True)

    async def beginnings(self) -> dict[TopicPartition, int]:
        """For each partition, the first retained offset. Raises KafkaError, ConnectionError or TimeoutError."""
        if self._consumer is None:
            raise ConnectionError("Kafka does not answer")
        offsets: dict[TopicPartition, int] = await within(ANSWER_S, self._consumer.beginning_offsets(self.partitions))
        return offsets

    async def _check(self, part: str, query: Callable[[], Any], close: Callable[[], Awaitable[None]]) -> None:
        try:
            await within(self._answer_s, query())
        except Exception as error:
            if self._health.trouble(part, f"does not answer: {describe(error)}"):
                log.warning("infrastructure_lost", part=part, message=describe(error))
            await close()
        else:
            if self._health.recovered(part):
                log.info("infrastructure_recovered", part=part)

    async def _query_database(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._database_url, timeout=ANSWER_S)
        await self._connection.execute("SELECT 1")
        await check_disk_space(self._connection, self._health)

    async def _close_database(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _query_kafka(self) -> None:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        if self.partitions:
            self.ends = await self._consumer.end_offsets(self.partitions)
        else:
            await self._consumer.topics()

    async def _close_kafka(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                await within(self._answer_s, consumer.stop())
            except Exception as error:
                log.warning("probe_left_open", message=describe(error))
