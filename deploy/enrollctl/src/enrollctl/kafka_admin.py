"""A connection to the broker for administration, closed whatever happens."""

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

from enrollctl.errors import PartUnhealthy


@asynccontextmanager
async def kafka_admin(bootstrap: str, patience: float = 30) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connected, or PartUnhealthy after `patience` seconds: a broker accepts connections before it answers them."""
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
                raise PartUnhealthy(f"Kafka at {bootstrap} does not answer: {error}") from error
            await asyncio.sleep(0.2)
        else:
            return admin


#: On a fresh broker the first question about a group makes the topic that holds the answer.
NOT_YET = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)


async def committed_offsets(admin: AIOKafkaAdminClient, group: str, patience: float = 15) -> dict[TopicPartition, int]:
    """What the group has committed, where it has."""
    deadline = time.monotonic() + patience
    while True:
        try:
            found = await admin.list_consumer_group_offsets(group)
        except NOT_YET as error:
            if time.monotonic() > deadline:
                raise PartUnhealthy(f"Kafka names no coordinator for group {group}: {error}") from error
            await asyncio.sleep(0.2)
        else:
            return {place: one.offset for place, one in found.items()}
