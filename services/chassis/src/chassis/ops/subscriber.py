"""The route that resumes paused subscribers."""

from fastapi import APIRouter, Response
from pydantic import Field

from chassis.database import Work
from chassis.ops.shapes import Resumed
from chassis.polls import RESUMED
from chassis.validation import Body, example
from chassis.web import Act, Done, may
from contracts.words import Role

router = APIRouter(prefix="/ops", tags=["operators"])


class Resume(Body):
    model_config = example({"accept_failures": False})

    accept_failures: bool = Field(default=False, description="let the next minute's failures become dead letters")


@router.post("/resume", response_model=Resumed, dependencies=[may("恢复暂停的订阅", Role.OPERATOR, whole_city=True)])
async def resume(body: Resume, act: Act) -> Response:
    """Resume the service's paused subscribers, on every replica; each one finds the command within seconds."""

    async def use_case(_: Work) -> Done:
        return Done({"resumed": True}, detail={"accept_failures": body.accept_failures})

    return await act.once(RESUMED, use_case)
