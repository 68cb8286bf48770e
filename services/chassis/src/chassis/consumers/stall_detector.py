"""Finds partitions whose records are not fetched. aiokafka can stop fetching silently after it rejoins a group."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

P = TypeVar("P")


@dataclass
class StallDetector:
    """Each call of `waiting` compares the positions with those of the previous call."""

    clock: Callable[[], float] = time.monotonic
    _since: dict[object, tuple[int, float]] = field(default_factory=dict)

    def waiting(self, positions: Mapping[P, int], ends: Mapping[P, int]) -> dict[P, float]:
        """For each partition with unread records: for how many seconds the consumer's position in it has not moved."""
        now = self.clock()
        behind = {partition: position for partition, position in positions.items() if ends.get(partition, 0) > position}
        before = self._since
        self._since = {
            partition: before[partition] if before.get(partition, (None, 0))[0] == position else (position, now)
            for partition, position in behind.items()
        }
        return {partition: now - self._since[partition][1] for partition in behind}

    def reset(self) -> None:
        self._since = {}
