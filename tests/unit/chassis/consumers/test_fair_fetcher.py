"""A poll ends with the record that makes it large, and loses no record."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException

from chassis.consumers.fair_fetcher import POLL_BYTES, RECORDS_AT_ONCE, FairFetcher

FIRST, SECOND = TopicPartition("members.batches.v1", 0), TopicPartition("members.batches.v1", 1)
LARGE = POLL_BYTES // RECORDS_AT_ONCE


@dataclass
class FakeConsumer:
    """Has fetched these values already. A partition of `broken` raises an error after its last value."""

    values: dict[TopicPartition, list[bytes | None]]
    broken: set[TopicPartition] = field(default_factory=set)
    _fetcher: None = None

    def assignment(self) -> set[TopicPartition]:
        return set(self.values)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Any]]:
        found: dict[TopicPartition, list[Any]] = {}
        for tp in partitions or self.values:
            if tp in self.broken and not self.values[tp]:
                raise CorruptRecordException
            taken, self.values[tp] = self.values[tp][:max_records], self.values[tp][max_records:]
            if taken:
                found[tp] = [SimpleNamespace(value=value) for value in taken]
                max_records -= len(taken)
            if not max_records:
                break
        return found


async def fetched(consumer: FakeConsumer, most: int = 32) -> list[bytes | None]:
    records = await FairFetcher().fetch(cast(AIOKafkaConsumer, consumer), most, 0)
    return [record.value for record in records]


async def test_small_records_fill_a_poll():
    consumer = FakeConsumer({FIRST: [b"1"] * 40, SECOND: [b"2"] * 40})
    assert await fetched(consumer) == [b"1"] * 32
    assert await fetched(consumer) == [b"1"] * 8 + [b"2"] * 24


async def test_large_records_end_a_poll_early():
    large = bytes(LARGE)
    consumer = FakeConsumer({FIRST: [large] * 3 * RECORDS_AT_ONCE, SECOND: [large]})
    assert len(await fetched(consumer)) == RECORDS_AT_ONCE
    assert len(consumer.values[FIRST]) == 2 * RECORDS_AT_ONCE
    assert len(consumer.values[SECOND]) == 1


async def test_a_record_without_a_value_has_no_size():
    assert await fetched(FakeConsumer({FIRST: [None, b"1"]})) == [None, b"1"]


async def test_an_error_after_some_records_of_a_partition_loses_none_of_them():
    consumer = FakeConsumer({FIRST: [b"1"] * RECORDS_AT_ONCE, SECOND: [b"2"]}, broken={FIRST})
    assert await fetched(consumer) == [b"1"] * RECORDS_AT_ONCE + [b"2"]
