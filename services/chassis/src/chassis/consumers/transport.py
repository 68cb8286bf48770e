"""The consumer of a service: FastStream over aiokafka.

FastStream's defaults lose messages. Therefore only this module creates a subscriber, and a test fails if another module
creates one. The subscriber gets polls of raw records and commits offsets after the database transaction. If the
transaction fails, the subscriber reads the whole poll again.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from chassis.consumers.fair_fetcher import FairFetcher
from chassis.consumers.joining import SESSIONS, JoinWatch, is_joining, leave_while_joining
from chassis.database import StoppedForMaintenance
from chassis.health import HealthState
from chassis.messaging import Record
from chassis.observability import metrics
from chassis.poll_handling import FailureBreakerOpen, PollHandler
from chassis.resilience import backoff_s, cause_of, describe, within
from chassis.settings import ChassisSettings
from chassis.sql import is_skipped, skipped_ranges
from contracts.topics import Topic

log = structlog.get_logger()

LOOP = "consumer"
IDLE_POLL_MS = 1_000
POSITION_S = 0.5
#: A service that is stopped for maintenance stays in its group. The service waits this long before it reads a poll
#: again.
STOPPED_S = 2.0
#: A paused subscriber checks every `PAUSED_CHECK_EVERY_S` whether an operator has sent the resume command. One check
#: takes at most `PAUSED_CHECK_S`. After `PAUSED_CHECKS` checks the subscriber gives up its poll, which is then read
#: again.
PAUSED_CHECK_EVERY_S = 1.0
PAUSED_CHECK_S = 2.0
PAUSED_CHECKS = 5
#: The most that aiokafka prefetches. The limits keep the memory constant, however many records wait on the topics.
FETCH_BYTES = 2 * 1024 * 1024
PARTITION_FETCH_BYTES = 1024 * 1024


class Transport:
    """The service's only subscriber. It reads all topics of the service. Its consumer group has the service's name."""

    def __init__(
        self, group: str, topics: Sequence[Topic], handler: PollHandler, settings: ChassisSettings, health: HealthState
    ) -> None:
        self._handler = handler
        self._settings = settings
        self._health = health
        self._failures = 0
        self._moved_at = time.monotonic()
        self._skipped: skipped_ranges.Ranges = {}
        self._fetcher = FairFetcher()
        self._join = JoinWatch(SESSIONS * settings.session_timeout_ms / 1000)
        #: The positions at the last commit after an empty poll.
        self._committed_positions: dict[TopicPartition, int] = {}
        #: For each partition, the first offset that Kafka retained when this member got its first records of the
        #: partition. An offset above 0 means that earlier records of the partition were removed or lost.
        self._first_offsets: dict[tuple[str, int], int] = {}
        self.busy = False
        #: Whether the last poll was rolled back. If so, it will be read again.
        self.rolled_back = False
        handler.progress = self._tick
        handler.first_offsets = self._first_offsets
        self.broker = KafkaBroker(
            settings.kafka_bootstrap,
            client_id=group,
            logger=None,
            apply_types=False,
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=settings.graceful_timeout_s,
            request_timeout_ms=settings.request_timeout_ms,
        )
        self.subscriber = self.broker.subscriber(
            *[topic.name for topic in topics],
            batch=True,
            group_id=group,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_records=settings.poll_records,
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=max(500, settings.session_timeout_ms // 10),
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            parser=self._parse,
            decoder=self._decode,
        )
        self.subscriber(self._on_poll)
        # FastStream's own `get_msg` waits for records, and then sleeps if none have arrived. A record that arrives
        # during the sleep would be handled late.
        self.subscriber.get_msg = self._get_records  # type: ignore[method-assign]

    async def start(self) -> None:
        """Start to read the topics.

        Raises an error while Kafka or the database does not answer. The caller must retry with a new Transport.
        """
        async with self._handler.database.connection() as connection:
            self._skipped = await skipped_ranges.load(connection)
        await self.broker.start()

    async def stop(self) -> None:
        """Finish the current poll, then leave the group."""
        await leave_while_joining(self.subscriber.consumer)
        await self.broker.stop()
        self._health.ended(LOOP)

    def assigned(self) -> int:
        """How many partitions this member reads."""
        consumer = self.subscriber.consumer
        return len(consumer.assignment()) if consumer else 0

    def waits_for_group(self) -> bool:
        """Whether this member waits to join the group, for example until the session of a dead member has timed out."""
        return self._join.waits(is_joining(self.subscriber.consumer))

    def idle_s(self) -> float:
        """Seconds since a poll with records was last fetched, or since its handling ended, whichever came later."""
        return time.monotonic() - self._moved_at

    async def positions(self) -> dict[TopicPartition, int]:
        """This member's position in each of its partitions; -1 for a position that is not known yet."""
        consumer = self.subscriber.consumer
        if consumer is None:
            return {}
        positions: dict[TopicPartition, int] = {}
        waiting = list(consumer.assignment())

        async def read_waiting() -> None:
            while waiting:
                positions[waiting[-1]] = await consumer.position(waiting[-1])
                waiting.pop()

        # All positions are read with one time-out, because usually every position is known. If a position is not known
        # in time, its partition gets -1, and the positions after it are read with a new time-out.
        while waiting:
            try:
                await within(POSITION_S, read_waiting())
            except (KafkaError, TimeoutError):
                positions[waiting.pop()] = -1
        return positions

    def _tick(self) -> None:
        self._health.tick(LOOP)

    async def _get_records(self, consumer: AIOKafkaConsumer) -> tuple[Any, ...]:
        self._tick()
        records = await self._fetcher.fetch(consumer, self._settings.poll_records, IDLE_POLL_MS)
        if records:
            self._moved_at = time.monotonic()
        else:
            self._health.has(LOOP)
            # Normally a paused member looks for the resume command while it holds a poll (`_wait_paused`). If the
            # member has lost its partitions to another member, it gets no poll. Therefore it looks for the command
            # here, too.
            if self._handler.breaker.paused_for:
                await self._may_continue()
            await self._commit_end_markers(consumer)
        return tuple(records)

    async def _commit_end_markers(self, consumer: AIOKafkaConsumer) -> None:
        """Commit the position after the end marker of a transaction. No poll returns the marker, but it has an offset.
        Without this commit the lag would never become 0.
        """
        positions = await self.positions()
        if positions == self._committed_positions:
            return
        try:
            await consumer.commit()
        except KafkaError as error:
            log.info("position_not_committed", message=describe(error))
        else:
            self._committed_positions = positions

    async def _parse(self, raw: tuple[Any, ...]) -> KafkaAckableMessage:
        """Wrap the poll without decoding it, so that a header that is not text becomes a dead letter, not an error."""
        return KafkaAckableMessage(
            body=b"", headers={}, raw_message=raw, consumer=self.subscriber.consumer, correlation_id=None
        )

    async def _decode(self, message: KafkaAckableMessage) -> Any:
        return message.raw_message

    async def _on_poll(self, raw: Sequence[Any]) -> None:
        self.busy = True
        try:
            await self._handle(raw)
            self.rolled_back = False
        except NackMessage:
            self.rolled_back = True
            raise
        finally:
            self.busy = False
            self._moved_at = time.monotonic()

    async def _handle(self, raw: Sequence[Any]) -> None:
        if self._handler.breaker.paused_for:
            await self._wait_paused()
        try:
            records = [Record.of(record) for record in raw if not self._is_skipped(record)]
            if records:
                await self._load_first_offsets(records)
                await self._handler.handle(records)
        except Exception as error:
            await self._back_off(error)
            raise NackMessage from None
        self._failures = 0
        self._health.has(LOOP)
        self._health.has("release")

    async def _load_first_offsets(self, records: Sequence[Record]) -> None:
        """Ask Kafka once for each partition's first offset. If that offset is above 0, earlier records are missing."""
        new = {(record.topic, record.partition) for record in records} - self._first_offsets.keys()
        if new and (consumer := self.subscriber.consumer) is not None:
            beginnings = await consumer.beginning_offsets([TopicPartition(*partition) for partition in new])
            self._first_offsets.update(skipped_ranges.first_offsets(self._skipped, beginnings))

    def _is_skipped(self, record: Any) -> bool:
        """Whether the record lies in a range that a restore has marked as skipped."""
        skipped = is_skipped(self._skipped, record)
        if skipped:
            metrics.records_skipped.labels(record.topic, "abandoned").inc()
        return skipped

    async def _wait_paused(self) -> None:
        """Wait a few seconds for the end of the pause, then give up the poll by raising NackMessage. If the wait were
        longer, this member would not ask for the next poll in time, and aiokafka would leave the group.
        """
        self._health.waits_for("release", f"paused: five keys failed with {self._handler.breaker.paused_for}")
        for _ in range(PAUSED_CHECKS):
            self._tick()
            if await self._may_continue():
                return
            await asyncio.sleep(PAUSED_CHECK_EVERY_S)
        raise NackMessage

    async def _may_continue(self) -> bool:
        """Whether an operator has ended the pause, on any replica. False while the database does not answer."""
        try:
            if not await within(PAUSED_CHECK_S, self._handler.may_continue()):
                return False
        except Exception as error:
            log.warning("resume_signal_not_read", cause=cause_of(error), message=describe(error))
            return False
        log.info("subscriber_continued")
        self._health.has("release")
        return True

    async def _back_off(self, error: Exception) -> None:
        if isinstance(error, FailureBreakerOpen):
            self._health.waits_for("release", f"paused: five keys failed with {error}")
            log.error("subscriber_paused", cause=str(error))
            return
        if isinstance(error, StoppedForMaintenance):
            self._health.waits_for(LOOP, "stopped for maintenance")
            await asyncio.sleep(STOPPED_S)
            return
        self._failures += 1
        metrics.polls_retried.labels(type(error).__name__).inc()
        self._health.waits_for(LOOP, f"a poll was rolled back: {describe(error)}")
        log.warning("batch_rolled_back", cause=cause_of(error), message=describe(error), failures=self._failures)
        await asyncio.sleep(backoff_s(self._failures, most_s=10.0))
