"""An admin connection to the broker, for an `async with` block. The end of the block always closes the connection."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
)

from enrollctl.errors import ComponentUnhealthy


@asynccontextmanager
async def kafka_admin(bootstrap: str, patience: float = 30) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected client. Connecting is retried, because a new broker accepts connections before it answers requests.

    Raises ComponentUnhealthy if the broker does not answer within `patience` seconds.
    """
    admin = await _connect(bootstrap, patience)
    try:
        yield admin
    finally:
        await admin.close()


async def _connect(bootstrap: str, patience: float) -> AIOKafkaAdminClient:
    deadline = time.monotonic() + patience
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
        try:
            await admin.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await admin.close()
            if time.monotonic() > deadline:
                raise ComponentUnhealthy(f"Kafka at {bootstrap} does not answer: {error}") from error
            await asyncio.sleep(0.2)
        else:
            return admin


#: A new broker answers with these errors until it has created the topic in which it stores the groups' offsets.
NOT_YET = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)


async def committed_offsets(admin: AIOKafkaAdminClient, group: str, patience: float = 15) -> dict[TopicPartition, int]:
    """The group's committed offset for each partition that has one."""
    deadline = time.monotonic() + patience
    while True:
        try:
            offsets = await admin.list_consumer_group_offsets(group)
        except NOT_YET as error:
            if time.monotonic() > deadline:
                raise ComponentUnhealthy(f"Kafka names no coordinator for group {group}: {error}") from error
            await asyncio.sleep(0.2)
        else:
            return {partition: committed.offset for partition, committed in offsets.items()}
