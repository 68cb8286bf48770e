"""The route that resumes paused subscribers."""

from fastapi import APIRouter, Response
from pydantic import Field

from chassis.database import UnitOfWork
from chassis.ops.schemas import Resumed
from chassis.poll_handling import RESUMED
from chassis.validation import Body, example
from chassis.web import Command, CommandResult, Scope, may
from contracts.words import Role

router = APIRouter(prefix="/ops", tags=["operators"])


class Resume(Body):
    model_config = example({"accept_failures": False})

    accept_failures: bool = Field(default=False, description="let the next minute's failures become dead letters")


@router.post("/resume", response_model=Resumed, dependencies=[may("恢复暂停的订阅", Role.OPERATOR, scope=Scope.CITY)])
async def resume(body: Resume, command: Command) -> Response:
    """Resume the service's paused subscribers on every replica; each replica finds the command within seconds."""

    async def use_case(_: UnitOfWork) -> CommandResult:
        return CommandResult({"resumed": True}, detail={"accept_failures": body.accept_failures})

    return await command.once(RESUMED, use_case)
