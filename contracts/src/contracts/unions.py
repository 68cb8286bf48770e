"""unions.entries.v1 (compacted): the tree as member-svc keeps it."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.fields import Instant, Piece
from contracts.topics import UNIONS, Topic
from contracts.words import UnionType


class Unit(Piece):
    """An enterprise of a union. A joint union has several, a committee one."""

    unit_id: UUID
    name: str
    organization_code: str | None = Field(default=None, description="9 characters (GB 11714)")
    credit_code: str | None = Field(default=None, description="18 characters (GB 32100)")


class UnionChanged(Event):
    """The whole entry of one union; the last one of a key counts.

    `path` lists the ids from the root to this union, itself included.
    """

    ce_type: ClassVar[str] = "unions.changed.v1"
    topic: ClassVar[Topic] = UNIONS

    union_id: UUID
    name: str
    union_type: UnionType
    parent_id: UUID | None
    path: list[UUID]
    units: list[Unit]
    active: bool = True
    has_reviewer: bool = Field(default=True, description="False: skipped in review chains (A51)")
    changed_at: Instant

    def key(self) -> str:
        return str(self.union_id)
