"""HTTP schemas of unions."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import BaseModel

from chassis.sql import Connection
from chassis.validation import Instant, example
from chassis.web import Labelled
from contracts.unions import MOST_UNITS_INLINE, Unit
from contracts.words import UnionType
from member_svc.api.examples import UNION
from member_svc.store import units
from member_svc.store.unions import UnionEntry

#: The maximum number of units that one response lists.
MOST_SHOWN = 10_000


class UnionView(BaseModel):
    """`units` is null in two cases: the union has more than 1,000 units, or with its units the response would have more
    than 10,000 units in total. `GET /unions/{union_id}/units` lists the units page by page.
    """

    model_config = example(UNION)

    union_id: UUID
    name: str
    union_type: Labelled[UnionType]
    supported: bool
    parent_id: UUID | None
    path: list[UUID]
    units: list[Unit] | None
    unit_count: int
    active: bool
    has_reviewer: bool
    version: int
    updated_at: Instant

    @classmethod
    def of(cls, entry: UnionEntry, units: list[Unit] | None, unit_count: int) -> "UnionView":
        return cls(
            union_id=entry.union_id,
            name=entry.name,
            union_type=entry.union_type,
            supported=entry.union_type.supported,
            parent_id=entry.parent_id,
            path=entry.path,
            units=units,
            unit_count=unit_count,
            active=entry.active,
            has_reviewer=entry.has_reviewer,
            version=entry.version,
            updated_at=entry.changed_at,
        )


async def views_of(connection: Connection, entries: Sequence[UnionEntry]) -> list[UnionView]:
    """Unions with their units. A list of units that is too long becomes null.

    It is not shortened, because a caller can send the list back with PUT, and PUT removes every unit that is not in the
    list.
    """
    counts = await units.counts(connection, [entry.union_id for entry in entries])
    shown = _shown({entry.union_id: counts.get(entry.union_id, 0) for entry in entries})
    listed = await units.of_unions(connection, list(shown))
    return [
        UnionView.of(
            entry,
            listed.get(entry.union_id, []) if entry.union_id in shown else None,
            counts.get(entry.union_id, 0),
        )
        for entry in entries
    ]


def _shown(counts: Mapping[UUID, int]) -> set[UUID]:
    """The unions whose units the response lists. Together they have at most MOST_SHOWN units."""
    shown, room = set(), MOST_SHOWN
    for union_id, count in counts.items():
        if count <= min(MOST_UNITS_INLINE, room):
            shown.add(union_id)
            room -= count
    return shown
