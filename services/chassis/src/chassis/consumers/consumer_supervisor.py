"""Opens the consumer, reports whether it is ready, and replaces it when it is stalled."""

import asyncio
from collections.abc import Sequence

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.consumers.probe import ANSWER_S, KAFKA, InfrastructureProbe
from chassis.consumers.readiness import ReferenceWatch
from chassis.consumers.stall_detector import StallDetector
from chassis.consumers.transport import Transport
from chassis.health import HealthState, retry_until_available
from chassis.observability import metrics
from chassis.poll_handling import PollHandler
from chassis.resilience import describe, within
from chassis.settings import ChassisSettings
from contracts.event import Event
from contracts.topics import Topic

log = structlog.get_logger()

LOOP = "consumer_supervisor"
EVERY_S = 1.0
REFERENCES_EVERY_S = 5.0
#: While records of other partitions are handled, a partition counts as stalled only after a wait that is this many
#: times longer.
FLOOD = 5
MOST_PATIENCE_S = 600.0


WAITS_FOR_GROUP = "the group waits for a member that died, or for one that is about to join"


class ConsumerWillNotStop(Exception):
    """The consumer does not stop and possibly still holds partitions. Only the end of the process frees them."""


class ConsumerSupervisor:
    """Supervises the service's only consumer and replaces it when it is stalled. The new consumer joins the group as a
    new member, as after a restart of the service.

    The consumer is stalled if an assigned partition has unread records and its position does not move. The consumer is
    also stalled if no partition is assigned to it and no member of the group reads the unread records. A consumer
    without a partition is not stalled while other members of the group read, or while Kafka's group coordinator has not
    answered the consumer's join request.
    """

    def __init__(
        self,
        name: str,
        topics: Sequence[Topic],
        references: Sequence[type[Event]],
        handler: PollHandler,
        settings: ChassisSettings,
        health: HealthState,
        probe: InfrastructureProbe,
    ) -> None:
        self._name = name
        self._topics = topics
        self._handler = handler
        self._settings = settings
        self._health = health
        self._probe = probe
        self._references = ReferenceWatch(name, references, settings.kafka_bootstrap)
        self._references_at = 0.0
        self._fetches = StallDetector()
        self._group = StallDetector()
        self._patience_s = health.stuck_after_s
        self._replacing = asyncio.Lock()
        self._ending = False
        self.transport: Transport | None = None
        self.replacements = 0

    async def open(self) -> None:
        """Open a consumer. Raises KafkaError or OSError while the broker does not answer. The caller must retry."""
        self._health.tick(LOOP)
        transport = Transport(self._name, self._topics, self._handler, self._settings, self._health)
        try:
            await self._start(transport)
        except BaseException:
            await transport.stop()
            raise
        self.transport = transport

    async def _start(self, transport: Transport) -> None:
        """Wait until the consumer has joined its group. This takes long if a dead member must time out first."""
        starting = asyncio.create_task(transport.start())
        try:
            while not (await asyncio.wait({starting}, timeout=EVERY_S))[0]:
                if transport.waits_for_group():
                    self._health.tick(LOOP)
                    self._health.waits_for("assignment", WAITS_FOR_GROUP)
            starting.result()
        finally:
            starting.cancel()
            await asyncio.wait({starting}, timeout=EVERY_S)

    async def run(self) -> None:
        """Run until canceled, or until `end` is called. Raises ConsumerWillNotStop."""
        while not self._ending:
            self._health.tick(LOOP)
            if self.transport is None:
                await retry_until_available(self._health, KAFKA, self.open)
            await self._report_readiness()
            if KAFKA in self._health.unready() or self._retries_poll() or self._waits_for_group():
                self._fetches.reset()
                self._group.reset()
            elif reason := await self._stalled():
                self._patience_s = min(self._patience_s * 2, MOST_PATIENCE_S)
                await self.replace(reason)
            await asyncio.sleep(EVERY_S)

    def end(self) -> None:
        """End the checks, because the process is about to close the connections that the checks use."""
        self._ending = True

    async def stop(self) -> None:
        """Finish the current poll and leave the group."""
        if self.transport is not None:
            await self.transport.stop()

    async def replace(self, reason: str) -> None:
        """Stop the consumer. `run` then opens a new consumer. Raises ConsumerWillNotStop."""
        async with self._replacing:
            log.error("consumer_rebuilt", reason=reason)
            metrics.loops_restarted.labels("consumer").inc()
            self.replacements += 1
            old, self.transport = self.transport, None
            if old is not None:
                try:
                    await within(2 * self._settings.graceful_timeout_s, old.stop())
                except TimeoutError:
                    raise ConsumerWillNotStop(reason) from None
            self._fetches.reset()
            self._group.reset()

    async def _report_readiness(self) -> None:
        assigned = self.transport is not None and self.transport.assigned() > 0
        if assigned:
            self._health.has("assignment")
        else:
            wait_reason = WAITS_FOR_GROUP if self._waits_for_group() else "no partition is assigned to this member"
            self._health.waits_for("assignment", wait_reason)
        now = asyncio.get_running_loop().time()
        if now < self._references_at:
            return
        if reason := await self._references.reason_not_ready():
            self._health.waits_for("references", reason)
        else:
            self._health.has("references")
            self._references_at = now + REFERENCES_EVERY_S

    async def _stalled(self) -> str | None:
        """Why the consumer must be replaced; None while the consumer fetches, handles a poll, or has nothing to do."""
        transport = self.transport
        if transport is None or transport.busy:
            return None
        if not transport.assigned():
            return await self._group_stalled()
        self._group.reset()
        waits = self._fetches.waiting(await transport.positions(), self._probe.ends)
        idle = transport.idle_s() > self._patience_s
        patience_s = self._patience_s if idle else self._patience_s * FLOOD
        late = {tp: seconds for tp, seconds in waits.items() if seconds > patience_s}
        if not late:
            if not waits:
                self._patience_s = self._health.stuck_after_s
            return None
        return f"unread records of {_listed(late)} are not fetched"

    def _retries_poll(self) -> bool:
        """Whether the last poll was rolled back a short time ago. Positions move only after the poll is read again."""
        transport = self.transport
        return transport is not None and transport.rolled_back and transport.idle_s() < self._patience_s

    def _waits_for_group(self) -> bool:
        return self.transport is not None and self.transport.waits_for_group()

    async def _group_stalled(self) -> str | None:
        try:
            committed = await within(2 * ANSWER_S, self._committed())
            begins = await self._probe.beginnings()
        except Exception as error:
            if not self._ending:
                log.warning("group_not_seen", message=describe(error))
            return None
        positions = {tp: max(committed.get(tp, 0), begins.get(tp, 0)) for tp in self._probe.partitions}
        waits = self._group.waiting(positions, self._probe.ends)
        if not waits or min(waits.values()) <= self._patience_s:
            return None
        return f"no partition is assigned, and nobody in the group reads {_listed(waits)}"

    async def _committed(self) -> dict[TopicPartition, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._settings.kafka_bootstrap)
        try:
            await admin.start()
            offsets = await admin.list_consumer_group_offsets(self._name)
        finally:
            await admin.close()
        return {tp: meta.offset for tp, meta in offsets.items()}


def _listed(partitions: dict[TopicPartition, float]) -> str:
    names = [f"{tp.topic}/{tp.partition} ({seconds:.0f} s)" for tp, seconds in sorted(partitions.items())]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
