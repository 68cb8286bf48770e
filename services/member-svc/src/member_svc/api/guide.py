"""The guide of the first steps: import members, then enroll them (F069)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from chassis.validation import example
from chassis.web import PageNumber, Read, Scope, chosen_place, may, only_known_parameters
from contracts.words import Role
from member_svc.api.examples import UNIT_ID
from member_svc.store import members, units
from member_svc.texts.screens import IMPORT_FIRST, STEPS
from member_svc.usecases.reach import require_reach

router = APIRouter(tags=["guide"])

UNITS_AT_ONCE = 1_000


class GuidedUnit(BaseModel):
    """`hint` is None if the unit already has members."""

    unit_id: UUID
    name: str
    has_members: bool
    hint: str | None


class Guide(BaseModel):
    """`steps` are in order. `units` is one page of up to 1,000 units; `unit_count` counts all units of the union."""

    model_config = example(
        {
            "steps": list(STEPS),
            "unit_count": 1,
            "units": [
                {
                    "unit_id": UNIT_ID,
                    "name": "示例建设监理有限公司",
                    "has_members": False,
                    "hint": IMPORT_FIRST,
                }
            ],
        }
    )

    steps: list[str]
    unit_count: int
    units: list[GuidedUnit]


@router.get(
    "/guide", dependencies=[may("选择关联企业", Role.HANDLER, scope=Scope.SUBTREE), Depends(only_known_parameters)]
)
async def get_guide(
    read: Read, union_id: UUID | None = None, page: Annotated[PageNumber, Query(description="page of units")] = 1
) -> Guide:
    """The guide for the union `union_id` of the caller's subtree, by default for the caller's own union."""
    guided_union = chosen_place(read.principal, union_id)
    await require_reach(read.connection, read.principal, guided_union)
    counts = await units.counts(read.connection, [guided_union])
    page_units = await units.page_by_position(read.connection, guided_union, page, UNITS_AT_ONCE)
    with_members = await members.units_with_members(read.connection, [unit.unit_id for unit in page_units])
    guided = [
        GuidedUnit(
            unit_id=unit.unit_id,
            name=unit.name,
            has_members=unit.unit_id in with_members,
            hint=None if unit.unit_id in with_members else IMPORT_FIRST,
        )
        for unit in page_units
    ]
    return Guide(steps=list(STEPS), unit_count=counts.get(guided_union, 0), units=guided)
