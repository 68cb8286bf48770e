"""Which partitions have records that are not fetched: aiokafka can stand still after a rejoin and say nothing."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

P = TypeVar("P")


@dataclass
class FetchWatch:
    """Looks at positions and ends again and again; any movement of a partition starts its time anew."""

    clock: Callable[[], float] = time.monotonic
    _since: dict[object, tuple[int, float]] = field(default_factory=dict)

    def waiting(self, positions: Mapping[P, int], ends: Mapping[P, int]) -> dict[P, float]:
        """Seconds since a partition with records ahead has last moved."""
        now = self.clock()
        behind = {place: position for place, position in positions.items() if ends.get(place, 0) > position}
        before = self._since
        self._since = {
            place: before[place] if before.get(place, (None, 0))[0] == position else (position, now)
            for place, position in behind.items()
        }
        return {place: now - self._since[place][1] for place in behind}

    def reset(self) -> None:
        self._since = {}
