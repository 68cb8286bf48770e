"""Select all people whom the filters match, on every page (F123)."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import example
from chassis.web import Read, Scope, may
from contracts.words import Role
from enrollment_svc.api.access import may_read
from enrollment_svc.api.candidates.candidates import Search, to_people_filter
from enrollment_svc.store.candidates import people

router = APIRouter(tags=["candidates"])


class Selected(BaseModel):
    """The ids to send with a submission. The submission checks each person again."""

    model_config = example({"people": 1, "member_ids": ["0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d01"]})

    people: int
    member_ids: list[UUID]


@router.post("/candidates/selection", dependencies=[may("全选参保人员", Role.HANDLER, scope=Scope.SUBTREE)])
async def select_all(search: Search, read: Read) -> Selected:
    """The ids of all people in a tab who match the filters. This POST only reads."""
    await may_read(read, search.union_id)
    found = await people.ids(read.connection, await to_people_filter(search, read))
    return Selected(people=len(found), member_ids=found)
