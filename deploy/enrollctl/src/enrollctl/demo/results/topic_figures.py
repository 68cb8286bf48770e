"""Reads the topics to their ends and counts the events of one union, for comparison with the stores."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.envelope import Envelope
from contracts.topics import BY_NAME, TOPICS
from enrollctl.demo.stages.earlier import Ends


@dataclass
class TopicFigures:
    """Counts of the events of one union, each event once. `events_now` counts only the events of this run.

    `copies`, `gaps` and `regressions` are of all unions. `copies` counts records that repeat an earlier event. `gaps`
    and `regressions` count only records of this run. Earlier records can repeat sequence numbers, because the services
    publish the same numbers a second time after a restore.
    """

    events: Counter[str] = field(default_factory=Counter)
    events_now: Counter[str] = field(default_factory=Counter)
    imported: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    submitted: dict[str, int] = field(default_factory=dict)
    years: dict[str, int] = field(default_factory=dict)
    completed: dict[str, tuple[int, int]] = field(default_factory=dict)
    confirmed: dict[str, tuple[int, int]] = field(default_factory=dict)
    accepted_fen: int = 0
    submission_nos: set[str] = field(default_factory=set)
    copies: int = 0
    gaps: int = 0
    regressions: int = 0
    _seen: set[UUID] = field(default_factory=set)
    _last: dict[tuple[str, str], int] = field(default_factory=dict)

    def count_record(
        self, topic: str, key: str, envelope: Envelope, body: dict[str, Any], unions: set[str], *, now: bool = True
    ) -> None:
        """Count one record; `now` is True for records of this run, False for earlier ones."""
        if envelope.id in self._seen:
            self.copies += 1
            return
        self._seen.add(envelope.id)
        self._check_sequence((topic, key), envelope.sequence, now=now)
        if not self._concerns(body, unions):
            return
        self.events[envelope.type] += 1
        self.events_now[envelope.type] += now
        count = getattr(self, f"_{envelope.type.split('.')[1].replace('-', '_')}", None)
        if count:
            count(body)

    def _check_sequence(self, place: tuple[str, str], sequence: int, *, now: bool) -> None:
        if not now:
            self._last[place] = sequence
            return
        last = self._last.get(place, 0)
        # On a compacted topic Kafka removes older records of a key. So on such a topic a missing sequence number does
        # not count as a gap.
        if not BY_NAME[place[0]].compacted:
            self.gaps += max(0, sequence - last - 1)
        self.regressions += sequence <= last
        self._last[place] = max(last, sequence)

    def _concerns(self, body: dict[str, Any], unions: set[str]) -> bool:
        if body.get("union_id") in unions or body.get("submission_no") in self.submission_nos:
            return True
        named = [line["submission_no"] for line in body.get("submissions", [])]
        return bool(self.submission_nos.intersection(named))

    def _imported(self, body: dict[str, Any]) -> None:
        self.imported.update(member["member_id"] for member in body["members"])

    def _verified(self, body: dict[str, Any]) -> None:
        self.verified.update(status["member_id"] for status in body["statuses"])

    def _batch_submitted(self, body: dict[str, Any]) -> None:
        self.years[body["line_id"]] = body["year"]
        self.submitted[body["line_id"]] = self.submitted.get(body["line_id"], 0) + len(body["people"])

    def completed_heads(self, year: int) -> int:
        """The number of people in completed lines of one protection year.

        A roster can be enrolled again in each year, so lines of other years are left out. If no `BatchSubmitted` on the
        topic names the year of a line, the line counts, too.
        """
        return sum(heads for line_id, (heads, _) in self.completed.items() if self.years.get(line_id, year) == year)

    def _batch_completed(self, body: dict[str, Any]) -> None:
        self.completed[body["line_id"]] = (body["heads"], body["fee"]["total_fen"])

    def _center_confirmed(self, body: dict[str, Any]) -> None:
        self.confirmed[body["submission_no"]] = (body["heads"], body["fee"]["total_fen"])

    def _voucher_accepted(self, body: dict[str, Any]) -> None:
        own = [s for s in body["submissions"] if s["submission_no"] in self.submission_nos]
        self.accepted_fen += sum(s["amount_fen"] for s in own)


async def read_topics(
    bootstrap: str, unions: set[UUID], submission_nos: set[str], earlier: Ends | None = None
) -> TopicFigures:
    """Read every topic from its start to its current end. `earlier`: the offsets where this run's records begin."""
    figures = TopicFigures(submission_nos=submission_nos)
    async with _consumer(bootstrap) as consumer:
        await _read(consumer, {str(union_id) for union_id in unions}, figures, earlier or {})
    return figures


async def topic_ends(bootstrap: str) -> dict[tuple[str, int], int]:
    """The current end of every partition of every topic."""
    async with _consumer(bootstrap) as consumer:
        ends = await consumer.end_offsets(_partitions())
    return {(place.topic, place.partition): offset for place, offset in ends.items()}


@asynccontextmanager
async def _consumer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


def _partitions() -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]


async def _read(consumer: AIOKafkaConsumer, unions: set[str], figures: TopicFigures, earlier: Ends) -> None:
    partitions = _partitions()
    ends = await consumer.end_offsets(partitions)
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    open_ones = {tp for tp in partitions if ends[tp] > 0}
    while open_ones:
        found = await consumer.getmany(*open_ones, timeout_ms=500)
        for records in found.values():
            for record in records:
                count_kafka_record(figures, record, unions, earlier)
        # Compare the consumer's position, not the offset of the last record, because a partition can end with the
        # marker of a transaction. A marker has an offset but is no record.
        open_ones = {tp for tp in open_ones if await consumer.position(tp) < ends[tp]}


def count_kafka_record(figures: TopicFigures, record: Any, unions: set[str], earlier: Ends) -> None:
    """Count one record.

    A tombstone (a record without a value, which deletes a key of a compacted topic) is not counted, because it is no
    event.
    """
    if record.value is None:
        return
    envelope = Envelope.from_headers(record.headers)
    now = record.offset >= earlier.get((record.topic, record.partition), 0)
    figures.count_record(record.topic, record.key.decode(), envelope, orjson.loads(record.value), unions, now=now)
