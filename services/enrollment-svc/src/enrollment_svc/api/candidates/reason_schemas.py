"""HTTP schema of a reason, in a row of a list and for one person (F093–F095, F119–F121)."""

from typing import Any

from pydantic import BaseModel

from chassis.validation import example
from enrollment_svc.domain.candidates.reasons import Reason

EXAMPLE: dict[str, Any] = {
    "code": "HAS_SERVICE_CARD",
    "message": "已经有工会会员服务卡了",
    "next_step": "请进行工会会员卡参保",
}


class ReasonShown(BaseModel):
    model_config = example(EXAMPLE)

    code: str
    message: str
    next_step: str


def reason_shown(reason: Reason) -> ReasonShown:
    return ReasonShown(code=reason.code, message=reason.message, next_step=reason.next_step)
