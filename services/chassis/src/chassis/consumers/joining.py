"""Finds out whether a consumer waits for its group, that is, for the coordinator's answer to its join request.

Until Kafka removes a dead member from the group, no member gets partitions. This wait is not a stall. If a process
replaced its consumer during this wait, the old consumer would become one more dead member. The new consumer would have
to wait for the removal of the old consumer, too.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.client import ConnectionGroup
from aiokafka.protocol.group import JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest

from chassis.resilience import describe, within

log = structlog.get_logger()

JOINS: Final = (JoinGroupRequest.API_KEY, SyncGroupRequest.API_KEY)
#: One join can need several requests, because the first request can time out, or only assign the member id. If two
#: requests are not further apart than this time, they belong to the same join.
LAPSE_S: Final = 5.0
#: A join can take up to this many session time-outs. If a member dies, Kafka removes it after one session time-out.
#: If the new leader of the group then dies too, Kafka removes the leader after a second session time-out. The third
#: session time-out is a reserve.
SESSIONS: Final = 3
LEAVE_S: Final = 2.0


class JoinWatch:
    """Watches a consumer's join, which is allowed to take `longest_s` seconds."""

    def __init__(self, longest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest_s = longest_s
        self._clock = clock
        self._since = self._seen = -LAPSE_S

    def waits(self, joining: bool) -> bool:
        """Whether a join is under way and has not exceeded `longest_s`. `joining`: a join request is in flight now."""
        now = self._clock()
        lapsed = now - self._seen > LAPSE_S
        if joining:
            self._since = now if lapsed else self._since
            self._seen = now
        elif lapsed:
            return False
        return now - self._since <= self._longest_s


def is_joining(consumer: AIOKafkaConsumer | None) -> bool:
    """Whether a join request is in flight. aiokafka has no public method for this, so the function reads private
    attributes.
    """
    node = _coordinator(consumer)
    if consumer is None or node is None:
        return False
    connection = consumer._client._conns.get((node, ConnectionGroup.COORDINATION))
    in_flight = list(connection._requests) if connection is not None else []
    return any(getattr(request, "API_KEY", None) in JOINS for _, request, _ in in_flight)


async def leave_while_joining(consumer: AIOKafkaConsumer | None) -> None:
    """Remove a member that is still joining its group. aiokafka itself leaves a group only after it has joined.

    The request uses another connection, because the coordinator reads nothing from a connection whose join request it
    has not answered.
    """
    node = _coordinator(consumer)
    if consumer is None or node is None or not is_joining(consumer):
        return
    member_id: str = consumer._coordinator.member_id
    if not member_id:
        return
    try:
        await within(LEAVE_S, _leave(consumer, node, member_id))
    except Exception as error:
        log.warning("group_not_left", message=describe(error))


async def _leave(consumer: AIOKafkaConsumer, node: int, member_id: str) -> None:
    await consumer._client.send(node, LeaveGroupRequest(consumer._group_id, member_id))


def _coordinator(consumer: Any) -> int | None:
    found: int | None = getattr(getattr(consumer, "_coordinator", None), "coordinator_id", None)
    return found
