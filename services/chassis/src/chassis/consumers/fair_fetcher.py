"""Fetches records partition by partition, so that an error in one partition loses no records of other partitions.

aiokafka's `getmany` reads several partitions one after the other. If a partition raises an error, `getmany` drops the
records that it has already read from other partitions. But the positions of these partitions have already moved. The
next commit would then skip records that nobody has handled. There are three reasons for such an error: a batch has a
wrong checksum, a batch needs a codec that is not installed, or the name of a header is not text.
"""

from collections.abc import Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, CorruptRecordException, KafkaError

from chassis.resilience import describe

log = structlog.get_logger()

#: How long the broker waits for a record before it answers a fetch request without records. IDLE_WAIT_MS saves work
#: while no records arrive, because each answer lists all partitions. A record that arrives ends the wait at once. While
#: records are being handled, the wait must be short (BUSY_WAIT_MS). The reason: the fetcher sends the next request to a
#: broker only after the broker has answered the last request.
BUSY_WAIT_MS = 500
IDLE_WAIT_MS = 2_000
#: A poll ends with the record with which its values have this many bytes, because a poll is in memory as a whole: an
#: event of 500 people has 100 KB or more, and some times as much after it is read.
POLL_BYTES = 512 * 1024
#: aiokafka limits the number of records only. Fetching a few at a time keeps a poll near POLL_BYTES.
RECORDS_AT_ONCE = 4
#: After this many polls in a row without a record, IDLE_WAIT_MS is used.
IDLE_AFTER_POLLS = 3


class FairFetcher:
    """Fetches polls. Each poll begins with the partitions whose records were fetched the longest time ago."""

    def __init__(self) -> None:
        self._empty_polls = 0
        self._served: dict[TopicPartition, int] = {}
        self._unreadable: set[TopicPartition] = set()
        self._sweeps = 0

    async def fetch(self, consumer: AIOKafkaConsumer, most: int, wait_ms: int) -> list[Any]:
        """Fetch up to `most` records; large records end the poll earlier (POLL_BYTES). If there are none, wait up to
        `wait_ms` for the first.

        Raises KafkaError if a partition has an error and no partition has records.
        """
        found = await self._sweep(consumer, most)
        if not found:
            # Ask for one record only. Then `getmany` reads no second partition, so no error of a second partition can
            # lose the record.
            found = await _fetched(consumer, [], 1, wait_ms)
            if found:
                found += await self._sweep(consumer, most - 1, size=_size_of(found), quiet=True)
        self._empty_polls = 0 if found else self._empty_polls + 1
        set_fetch_wait(consumer, IDLE_WAIT_MS if self._empty_polls >= IDLE_AFTER_POLLS else BUSY_WAIT_MS)
        return found

    async def _sweep(self, consumer: AIOKafkaConsumer, most: int, *, size: int = 0, quiet: bool = False) -> list[Any]:
        """Fetch from one partition after the other without waiting.

        `size`: the bytes of records that the poll has already. `quiet`: raise no KafkaError, because the caller would
        lose these records.
        """
        self._sweeps += 1
        found: list[Any] = []
        last_error: KafkaError | None = None
        turns = iter(self._in_turn(consumer.assignment()))
        tp = next(turns, None)
        while tp is not None and len(found) < most and size < POLL_BYTES:
            wanted = min(RECORDS_AT_ONCE, most - len(found))
            try:
                records = await _fetched(consumer, [tp], wanted)
            except KafkaError as error:
                last_error, records = error, []
                self._log_once(tp, error)
            if records:
                self._unreadable.discard(tp)
                self._served[tp] = self._sweeps
                found += records
                size += _size_of(records)
            if len(records) < wanted:
                tp = next(turns, None)
        if last_error and not found and not quiet:
            raise last_error
        return found

    def _in_turn(self, partitions: Iterable[TopicPartition]) -> list[TopicPartition]:
        return sorted(partitions, key=lambda tp: (self._served.get(tp, 0), tp))

    def _log_once(self, tp: TopicPartition, error: KafkaError) -> None:
        """Log an error once, and again only after a successful read, because a read is tried several times a second."""
        if tp not in self._unreadable:
            self._unreadable.add(tp)
            log.error("partition_unreadable", topic=tp.topic, partition=tp.partition, cause=describe(error))


def set_fetch_wait(consumer: AIOKafkaConsumer, wait_ms: int) -> None:
    """Set how long the broker waits for records, beginning with the next fetch request. aiokafka itself sets this time
    only once, when it starts.
    """
    fetcher = consumer._fetcher
    if fetcher is not None:
        fetcher._fetch_max_wait_ms = wait_ms


def _size_of(records: Iterable[Any]) -> int:
    """The bytes of the records' values."""
    return sum(len(record.value or b"") for record in records)


async def _fetched(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], most: int, wait_ms: int = 0
) -> list[Any]:
    try:
        by_partition = await consumer.getmany(*partitions, timeout_ms=wait_ms, max_records=most)
    except (KafkaError, ConsumerStoppedError):
        raise
    except Exception as error:
        # Any other exception would end FastStream's loop, and with it the reading of all partitions.
        raise CorruptRecordException(describe(error)) from error
    return [record for records in by_partition.values() for record in records]
