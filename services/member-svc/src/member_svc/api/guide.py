"""What comes first: members, then enrollment (F069)."""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from chassis.access import may
from chassis.http import Read
from chassis.paging import only_known_parameters
from chassis.scope import chosen_place
from contracts.words import Role
from member_svc.api.examples import UNIT_ID
from member_svc.reach import require_reach
from member_svc.store import members
from member_svc.texts import IMPORT_FIRST, STEPS

router = APIRouter(tags=["guide"])


class GuidedUnit(BaseModel):
    """`hint` is None where the unit has members already."""

    unit_id: UUID
    name: str
    has_members: bool
    hint: str | None


class Guide(BaseModel):
    """`steps` in their order, and the units of the caller's union."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "steps": list(STEPS),
                    "units": [
                        {
                            "unit_id": UNIT_ID,
                            "name": "示例建设监理有限公司",
                            "has_members": False,
                            "hint": IMPORT_FIRST,
                        }
                    ],
                }
            ]
        }
    )

    steps: list[str]
    units: list[GuidedUnit]


@router.get("/guide", dependencies=[may("选择关联企业", Role.HANDLER), Depends(only_known_parameters)])
async def get_guide(read: Read, union_id: UUID | None = None) -> Guide:
    """The caller's own union, or `union_id` below it."""
    wanted = chosen_place(read.principal, union_id)
    union = await require_reach(read.connection, read.principal, wanted)
    peopled = await members.units_with_members(read.connection, [unit.unit_id for unit in union.units])
    units = [
        GuidedUnit(
            unit_id=unit.unit_id,
            name=unit.name,
            has_members=unit.unit_id in peopled,
            hint=None if unit.unit_id in peopled else IMPORT_FIRST,
        )
        for unit in union.units
    ]
    return Guide(steps=list(STEPS), units=units)
