"""A service is ready once it has read its reference topics to the ends that they had at the first check.

Reference topics are the compacted topics of which the service keeps copies.
"""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.event import Event


class ReferenceWatch:
    """Compares the group's committed offsets with the end offsets that the reference topics had at the first check."""

    def __init__(self, group: str, kinds: Sequence[type[Event]], bootstrap: str) -> None:
        self._group = group
        self._topics = sorted({kind.topic.name for kind in kinds})
        self._bootstrap = bootstrap
        self._unread_ends: dict[TopicPartition, int] | None = None

    async def reason_not_ready(self) -> str | None:
        """Why the copies of the reference topics are not complete yet; None once the copies are complete."""
        if not self._topics or self._unread_ends == {}:
            return None
        try:
            if self._unread_ends is None:
                self._unread_ends = await self._ends()
            committed = await self._committed() if self._unread_ends else {}
        except Exception as error:
            return f"reference topics cannot be checked: {type(error).__name__}"
        self._unread_ends = {tp: end for tp, end in self._unread_ends.items() if committed.get(tp, 0) < end}
        behind = sum(end - committed.get(tp, 0) for tp, end in self._unread_ends.items())
        return f"{behind} records of {', '.join(self._topics)} not read yet" if behind else None

    async def _ends(self) -> dict[TopicPartition, int]:
        """The current end offsets, without partitions that never had a record."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
        try:
            await consumer.start()
            await consumer._client.force_metadata_update()
            partitions = [
                TopicPartition(topic, number)
                for topic in self._topics
                for number in consumer.partitions_for_topic(topic) or ()
            ]
            ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
            return {tp: end for tp, end in ends.items() if end > 0}
        finally:
            await consumer.stop()

    async def _committed(self) -> dict[TopicPartition, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            await admin.start()
            offsets = await admin.list_consumer_group_offsets(self._group)
            return {tp: meta.offset for tp, meta in offsets.items()}
        finally:
            await admin.close()
