"""The route of captchas."""

import base64
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from chassis.validation import Body, example
from chassis.web import address_of, everybody
from console.api.callers import refuse_foreign
from console.api.desk import desk_of
from console.credentials.captcha_pictures import picture
from console.domain.captchas import CaptchaKind
from console.usecases.captchas import make_captcha

router = APIRouter(prefix="/captchas", tags=["sign-in"])

CAPTCHA = "6f1c2a34-0000-4000-8000-000000000021"


class CaptchaRequest(Body):
    """The kind `question` is for people who cannot see a picture."""

    model_config = example({"kind": "picture"}, {"kind": "question"})

    kind: CaptchaKind = CaptchaKind.PICTURE


class CaptchaShown(BaseModel):
    """Either a picture, as an address `data:image/png;base64,…`, or a question.

    `valid_s`: for how many seconds the captcha is valid.
    """

    model_config = example(
        {"captcha_id": CAPTCHA, "picture": "data:image/png;base64,iVBORw0KGgo=", "question": None, "valid_s": 180},
        {"captcha_id": CAPTCHA, "picture": None, "question": "二十三加八等于多少？请填写阿拉伯数字", "valid_s": 180},
    )

    captcha_id: UUID
    picture: str | None = None
    question: str | None = None
    valid_s: int


@router.post("", dependencies=[everybody("获取验证码")])
async def draw_captcha(body: CaptchaRequest, request: Request, response: Response) -> CaptchaShown:
    """Make a new captcha (F006). It accepts only one answer, right or wrong, within three minutes."""
    refuse_foreign(request)
    desk = desk_of(request)
    made = await make_captcha(desk.database, desk.settings, body.kind, address_of(request))
    response.headers["Cache-Control"] = "no-store"
    shown, drawn = made.puzzle.shown, None
    if body.kind is CaptchaKind.PICTURE:
        drawn = f"data:image/png;base64,{base64.b64encode(await picture(shown)).decode()}"
    return CaptchaShown(
        captcha_id=made.captcha_id,
        picture=drawn,
        question=None if drawn else shown,
        valid_s=int(desk.settings.captcha_s),
    )
