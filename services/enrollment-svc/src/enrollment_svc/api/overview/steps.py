"""The step bar: 获取状态 → 待确认名单 → 待校验 → 待提交 → 提交至上级审核 (F203)."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import Year, example
from chassis.web import Labelled, Read, Scope, may
from contracts.words import Channel
from enrollment_svc.api.access import READERS, may_read
from enrollment_svc.api.examples import UNION
from enrollment_svc.domain.overview.steps import Step, current_step
from enrollment_svc.store.overview import steps

router = APIRouter(tags=["submissions"])

_COUNTED = {
    Step.CHECK: "unchecked",
    Step.CONFIRM: "to_confirm",
    Step.VERIFY: "to_verify",
    Step.READY: "ready",
    Step.SUBMIT: "submitted",
}


class StepShown(BaseModel):
    """`count`: the number of people at this step. At the last step it is the number of submitted lines."""

    step: Labelled[Step]
    count: int
    current: bool


class Steps(BaseModel):
    model_config = example(
        {
            "union_id": UNION,
            "year": 2024,
            "items": [{"step": {"code": "check", "label": "获取状态"}, "count": 3, "current": True}],
        }
    )

    union_id: UUID
    year: int
    items: list[StepShown]


@router.get("/steps", dependencies=[may("查看办理步骤", *READERS, scope=Scope.SUBTREE)])
async def show_steps(read: Read, union_id: UUID, year: Year | None = None, channel: Channel | None = None) -> Steps:
    """The five steps in order, and the current step of the union."""
    await may_read(read, union_id)
    year = year or read.now.year
    counts = await steps.to_do(read.connection, union_id, year, channel)
    current = current_step(**counts)
    items = [StepShown(step=step, count=counts[_COUNTED[step]], current=step is current) for step in Step]
    return Steps(union_id=union_id, year=year, items=items)
