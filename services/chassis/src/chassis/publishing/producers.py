"""The relay's Kafka producers: a fenced one for compacted topics, a plain one for all other topics.

Both producers are idempotent. The fenced producer also has a transactional id. If two relays have started producers
with this id, Kafka refuses the records of the older producer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer

from chassis.observability import metrics
from chassis.resilience import describe, within
from contracts.topics import BY_NAME

log = structlog.get_logger()

REQUEST_BYTES = 1024 * 1024
STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Publication:
    """A row of the outbox, ready to send."""

    id: int
    topic: str
    key: str
    headers: list[tuple[str, bytes]]
    payload: bytes

    @property
    def compacted(self) -> bool:
        return self.topic in BY_NAME and BY_NAME[self.topic].compacted


class Producers:
    """Creates the producers when they are needed. After an error the relay discards both, because a broken producer
    does not always report that it is broken.
    """

    def __init__(self, bootstrap: str, service: str) -> None:
        self._bootstrap = bootstrap
        self._service = service
        self._plain: AIOKafkaProducer | None = None
        self._fenced: AIOKafkaProducer | None = None

    async def publish(self, publications: Sequence[Publication]) -> None:
        """Publish all, in the order of each topic and key. Returns once the broker has acknowledged all publications.

        Raises KafkaError.
        """
        plain = [p for p in publications if not p.compacted]
        fenced = [p for p in publications if p.compacted]
        if plain:
            self._plain = self._plain or await self._start()
            await _send(self._plain, plain)
        if fenced:
            self._fenced = self._fenced or await self._start(transactional_id=f"{self._service}.relay")
            async with self._fenced.transaction():
                await _send(self._fenced, fenced)
        for publication in publications:
            metrics.events_published.labels(publication.topic).inc()

    async def discard(self) -> None:
        """Close the producers; the next publication creates new ones."""
        producers = [p for p in (self._plain, self._fenced) if p is not None]
        self._plain = self._fenced = None
        for producer in producers:
            await _close(producer)

    async def _start(self, **options: Any) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=f"{self._service}.relay",
            acks="all",
            enable_idempotence=True,
            max_batch_size=REQUEST_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=15_000,
            **options,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer


async def _close(producer: AIOKafkaProducer) -> None:
    """Stop a producer. A broken producer can flush forever, so after a time-out only its connections are closed."""
    for close in (producer.stop, producer.client.close):
        try:
            await within(STOP_S, close())
            return
        except Exception as error:
            log.warning("producer_left_open", message=describe(error))


async def _send(producer: AIOKafkaProducer, publications: Sequence[Publication]) -> None:
    """Send records one by one, because aiokafka's `send_batch` does not choose the partition by the key. The producer
    gets all records before this function waits for the first acknowledgment.
    """
    futures = [
        await producer.send(p.topic, value=p.payload, key=p.key.encode(), headers=p.headers) for p in publications
    ]
    for future in futures:
        await future
