"""The button 获取社保卡和就业状态: check the people in 待校验 (F096–F101)."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.messaging import tree_units
from chassis.validation import example
from chassis.web import Command, CommandResult, Scope, may, require_reach
from contracts.words import Channel, Role
from enrollment_svc.api.candidates.people_filters import InYear
from enrollment_svc.api.candidates.summary import CHECK_EXAMPLE, CheckShown, check_shown
from enrollment_svc.usecases import unions
from enrollment_svc.usecases.candidates import checks

router = APIRouter(tags=["checks"])


class StartCheck(InYear):
    model_config = example({"union_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d03"})

    channel: Channel | None = None


class CheckAnswer(BaseModel):
    """`check`: the new or the running check; None if nobody is in 待校验.

    `already_running`: True if `check` was already running when this request arrived.
    """

    model_config = example({"check": CHECK_EXAMPLE, "already_running": False})

    check: CheckShown | None
    already_running: bool


@router.post(
    "/checks",
    status_code=202,
    response_model=CheckAnswer,
    dependencies=[may("获取社保卡和就业状态", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def start_check(body: StartCheck, command: Command) -> Response:
    """Start a check. The response does not wait until the check ends. If a check runs already, returns that check."""

    async def start(work: UnitOfWork) -> CommandResult:
        await require_reach(work.connection, command.principal, body.union_id)
        await unions.enrolling_union(work.connection, body.union_id)
        units = await tree_units.ids(work.connection, body.union_id)
        year = await body.year_of(work.connection, work.now)
        started = await checks.check_unverified(body.union_id, year, body.channel, units, work)
        answer = CheckAnswer(
            check=check_shown(started.check) if started.check else None, already_running=started.already_running
        )
        people = started.check.people if started.events and started.check else 0
        return CommandResult(answer, started.events, subject=str(body.union_id), detail={"people": people})

    return await command.once("check_started", start)
