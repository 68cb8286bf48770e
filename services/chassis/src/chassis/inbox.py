"""The inbox: the last sequence seen per topic and key, locked while a poll is handled."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg

Place = tuple[str, str]


@dataclass(slots=True)
class Positions:
    """Positions of the places of one poll; a place that is new stands at 0."""

    last: dict[Place, int]
    gaps: dict[Place, int] = field(default_factory=dict)

    def seen(self, place: Place, sequence: int) -> bool:
        return sequence <= self.last[place]

    def advance(self, place: Place, sequence: int) -> int:
        """Move on; returns how many sequence numbers were never seen."""
        missed = sequence - self.last[place] - 1
        self.last[place] = sequence
        if missed > 0:
            self.gaps[place] = self.gaps.get(place, 0) + missed
        return max(missed, 0)


async def lock(connection: "asyncpg.Connection[Any]", places: Iterable[Place]) -> Positions:
    """Lock the places' rows, sorted, until the transaction ends: replay and live consumption wait for one another."""
    wanted = sorted(set(places))
    rows = await connection.fetch(
        """INSERT INTO inbox_positions AS p (topic, key, last)
           SELECT t, k, 0 FROM unnest($1::text[], $2::text[]) AS u(t, k)
           ON CONFLICT (topic, key) DO UPDATE SET last = p.last
           RETURNING topic, key, last""",
        [topic for topic, _ in wanted],
        [key for _, key in wanted],
    )
    return Positions({(r["topic"], r["key"]): r["last"] for r in rows})


async def save(connection: "asyncpg.Connection[Any]", positions: Positions) -> None:
    """Write the positions back, in one statement."""
    places = sorted(positions.last)
    await connection.execute(
        """UPDATE inbox_positions AS p SET last = u.last, gaps = p.gaps + u.gaps
           FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS u(topic, key, last, gaps)
           WHERE p.topic = u.topic AND p.key = u.key""",
        [topic for topic, _ in places],
        [key for _, key in places],
        [positions.last[place] for place in places],
        [positions.gaps.get(place, 0) for place in places],
    )
