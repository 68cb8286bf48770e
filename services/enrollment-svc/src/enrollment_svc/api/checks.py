"""获取社保卡和就业状态: ask the registries about 待校验 (F096–F101)."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from chassis.http import Act, Done
from chassis.work import Work
from contracts.words import Channel, Role
from enrollment_svc.api.access import may_act
from enrollment_svc.api.summary import CheckShown, check_shown
from enrollment_svc.usecases import checks, unions

router = APIRouter(tags=["checks"])


class StartCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    union_id: UUID
    channel: Channel | None = None
    year: int | None = None


class CheckAnswer(BaseModel):
    """`check` None: nobody is in 待校验. `already_running`: the check in it was started before."""

    check: CheckShown | None
    already_running: bool


@router.post("/checks", status_code=202, response_model=CheckAnswer)
async def start_check(body: StartCheck, act: Act) -> Response:
    """Answers at once with the job; a second click while it runs starts none."""
    act.require(Role.HANDLER)

    async def start(work: Work) -> Done:
        await may_act(work, body.union_id)
        await unions.enrolling_union(work.connection, body.union_id)
        started = await checks.check_unverified(body.union_id, body.year or work.now.year, body.channel, work)
        answer = CheckAnswer(
            check=check_shown(started.check) if started.check else None, already_running=started.already_running
        )
        people = started.check.people if started.events and started.check else 0
        return Done(answer, started.events, 202, subject=str(body.union_id), detail={"people": people})

    return await act.once("check_started", start)
