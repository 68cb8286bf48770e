"""Unions in answers."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.http import Labelled
from chassis.instants import Instant
from contracts.unions import Unit
from contracts.words import UnionType
from member_svc.api.examples import UNION
from member_svc.store.unions import UnionEntry


class UnionView(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [UNION]})

    union_id: UUID
    name: str
    union_type: Labelled[UnionType]
    supported: bool
    parent_id: UUID | None
    path: list[UUID]
    units: list[Unit]
    active: bool
    has_reviewer: bool
    version: int
    updated_at: Instant

    @classmethod
    def of(cls, entry: UnionEntry) -> "UnionView":
        return cls(
            union_id=entry.union_id,
            name=entry.name,
            union_type=entry.union_type,
            supported=entry.union_type.supported,
            parent_id=entry.parent_id,
            path=entry.path,
            units=entry.units,
            active=entry.active,
            has_reviewer=entry.has_reviewer,
            version=entry.version,
            updated_at=entry.changed_at,
        )
