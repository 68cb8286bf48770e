"""The inbox: the last sequence seen per topic and key, locked while a poll is handled."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contracts.topics import BY_NAME

if TYPE_CHECKING:
    import asyncpg

Place = tuple[str, str]


@dataclass(slots=True)
class Positions:
    """Positions of the places of one poll; a place that is new stands at 0.

    `holed` are places at which a number was missed before this poll; `gaps` and `regressions` are what this poll adds.
    """

    last: dict[Place, int]
    holed: set[Place] = field(default_factory=set)
    gaps: dict[Place, int] = field(default_factory=dict)
    regressions: dict[Place, int] = field(default_factory=dict)

    def seen(self, place: Place, sequence: int) -> bool:
        return sequence <= self.last[place]

    def regressed(self, place: Place) -> bool:
        """Whether what is not above the last may be late instead of a copy; counted if so.

        Where no number was ever missed, everything up to the last has been handled: a copy. Behind a gap it may be
        the missed event, come after its successor.
        """
        late = place in self.holed or place in self.gaps
        if late:
            self.regressions[place] = self.regressions.get(place, 0) + 1
        return late

    def advance(self, place: Place, sequence: int) -> int:
        """Move on; returns how many sequence numbers were lost: never seen, and not compacted away."""
        missed = 0 if _compacted(place[0]) else max(0, sequence - self.last[place] - 1)
        self.last[place] = sequence
        if missed:
            self.gaps[place] = self.gaps.get(place, 0) + missed
        return missed


async def lock(connection: "asyncpg.Connection[Any]", places: Iterable[Place]) -> Positions:
    """Lock the places' rows, sorted, until the transaction ends: replay and live consumption wait for one another."""
    wanted = sorted(set(places))
    rows = await connection.fetch(
        """INSERT INTO inbox_positions AS p (topic, key, last)
           SELECT t, k, 0 FROM unnest($1::text[], $2::text[]) AS u(t, k)
           ON CONFLICT (topic, key) DO UPDATE SET last = p.last
           RETURNING topic, key, last, gaps""",
        [topic for topic, _ in wanted],
        [key for _, key in wanted],
    )
    last = {(r["topic"], r["key"]): r["last"] for r in rows}
    holed = {(r["topic"], r["key"]) for r in rows if r["gaps"] and not _compacted(r["topic"])}
    return Positions(last, holed)


async def save(connection: "asyncpg.Connection[Any]", positions: Positions) -> None:
    """Write the positions back, in one statement."""
    places = sorted(positions.last)
    await connection.execute(
        """UPDATE inbox_positions AS p
           SET last = u.last, gaps = p.gaps + u.gaps, regressions = p.regressions + u.regressions
           FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
               AS u(topic, key, last, gaps, regressions)
           WHERE p.topic = u.topic AND p.key = u.key""",
        [topic for topic, _ in places],
        [key for _, key in places],
        [positions.last[place] for place in places],
        [positions.gaps.get(place, 0) for place in places],
        [positions.regressions.get(place, 0) for place in places],
    )


def _compacted(topic: str) -> bool:
    """Compaction removes what a later entry of its key replaces: a number that was never seen is no loss there."""
    return topic in BY_NAME and BY_NAME[topic].compacted
