"""unions.entries.v1 and unions.units.v1 (both compacted): the union tree and its units, from member-svc."""

from hashlib import sha256
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from contracts.event import Event
from contracts.fields import Instant, Part, Piece
from contracts.topics import UNION_UNITS, UNIONS, Topic
from contracts.words import UnionType

#: If a union has, or has ever had, more units than this, its units are published in parts (ADR 0014). An event has room
#: for this number of units, even if all have the longest permitted names.
MOST_UNITS_INLINE = 1_000
#: The number of parts if units are published in parts. It must never change, because `part_of` computes with it.
UNIT_PARTS = 64


def part_of(unit_id: UUID) -> int:
    """The index of the part that holds a unit, 0 to 63. It never changes, because it depends on the id alone."""
    return sha256(str(unit_id).encode()).digest()[0] % UNIT_PARTS


class Unit(Piece):
    """An enterprise of a union. A joint union has several units, a committee has exactly one."""

    unit_id: UUID
    name: str
    organization_code: str | None = Field(default=None, description="9 characters (GB 11714)")
    credit_code: str | None = Field(default=None, description="18 characters (GB 32100)")


class UnionChanged(Event):
    """All data of one union. The last event of a key is the current state.

    `path` lists the ids of the unions from the root of the tree down to this union. This union is the last of them.
    """

    ce_type: ClassVar[str] = "unions.changed.v1"
    topic: ClassVar[Topic] = UNIONS

    union_id: UUID
    name: str
    union_type: UnionType
    parent_id: UUID | None
    path: list[UUID]
    units: list[Unit] = Field(description="Empty if `units_in_parts`")
    active: bool = True
    has_reviewer: bool = Field(default=True, description="False: skipped in review chains (A51)")
    changed_at: Instant
    units_in_parts: bool = Field(default=False, description="True: unions.units.v1 contains the units")
    units_version: int = Field(default=0, ge=0, description="Grows with every change of the union's units")

    def key(self) -> str:
        return str(self.union_id)


class UnitsListed(Event):
    """All units in one of the 64 parts of a union that has, or once had, more than 1,000 units.

    The units are in no particular order. If units change, only the parts with changed units are published. A reader
    does not wait for other parts. The reader replaces its stored units of this part by `units`, unless it has already
    applied a newer event. A newer event is a `UnitsListed` of the same part with a higher `version`, or a
    `UnionChanged` that contains units, with the same or a higher `units_version`.
    """

    ce_type: ClassVar[str] = "unions.units-listed.v1"
    topic: ClassVar[Topic] = UNION_UNITS

    union_id: UUID
    version: int = Field(ge=1, description="`units_version` of the union when this part was published")
    part: Part
    units: list[Unit]
    changed_at: Instant

    @model_validator(mode="after")
    def _of_this_part(self) -> Self:
        if self.part.count != UNIT_PARTS:
            raise ValueError(f"units are published in {UNIT_PARTS} parts, not in {self.part.count}")
        if any(part_of(unit.unit_id) != self.part.index for unit in self.units):
            raise ValueError("a unit belongs to another part")
        return self

    def key(self) -> str:
        return f"{self.union_id}/{self.part.index}"

    def subject(self) -> str:
        return str(self.union_id)
