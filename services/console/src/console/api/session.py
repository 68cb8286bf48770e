"""The routes with which a person signs in, sees the open sessions, changes the password and signs out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from chassis.validation import Body, Instant, example
from chassis.web import Labelled, Scope, everybody, may
from console.api.callers import by_session, by_session_with_any_password, refuse_foreign, session_of
from console.api.captchas import CAPTCHA
from console.api.desk import Desk, caller_of, desk_of
from console.api.fields import EnteredAccount, Password
from console.credentials.secret_words import csrf_token, stored_hash
from console.domain.menus import menus_of
from console.domain.sessions import Session, SessionNotFound, UnsupportedUnionType
from console.store import sessions as store
from console.usecases.captchas import spend_captcha
from console.usecases.passwords import change_own_password
from console.usecases.sessions import end_own_session, end_own_sessions
from contracts.words import Role, UnionType

open_router = APIRouter(tags=["sign-in"])
own_router = APIRouter(tags=["session"], dependencies=[Depends(by_session_with_any_password)])
router = APIRouter(tags=["session"], dependencies=[Depends(by_session)])

SESSION = "6f1c2a34-0000-4000-8000-000000000022"


class SignIn(Body):
    model_config = example(
        {
            "account_name": "handler-3101",
            "password": "一句好记的话2024",
            "captcha_id": CAPTCHA,
            "captcha": "7KQ4M",
        }
    )

    account_name: EnteredAccount
    password: Password
    captcha_id: UUID
    captcha: Annotated[str, StringConstraints(min_length=1, max_length=20)]


class PasswordChange(Body):
    model_config = example({"old_password": "k7qm-x2fn-9dwr-3tbh", "new_password": "一句不容易猜到的话2024"})

    old_password: Password
    new_password: Password


class MenuShown(BaseModel):
    menu: str
    label: str


class SessionUnion(BaseModel):
    """`supported`: whether the manual lets this type of union enroll members (F021, F022)."""

    union_id: UUID
    name: str | None = None
    union_type: Labelled[UnionType] | None = None
    supported: bool


class Closed(BaseModel):
    code: str
    message: str


class SessionShown(BaseModel):
    """The caller's session. `csrf_token`: pages send this token in the header `X-CSRF-Token` of every changing request.

    `closed`: the reason why this account can do nothing but look (F021, F022). In this case `menus` is empty. For all
    other accounts, `closed` is null.
    """

    model_config = example(
        {
            "account_name": "handler-3101",
            "name": "王经办",
            "role": {"code": "handler", "label": "经办人"},
            "union": {
                "union_id": "6f1c2a34-0000-4000-8000-000000000001",
                "name": "金桥建设工会委员会",
                "union_type": {"code": "committee", "label": "工会委员会"},
                "supported": True,
            },
            "must_change_password": False,
            "closed": None,
            "menus": [{"menu": "members", "label": "会员信息"}],
            "csrf_token": "5f0c2f8e7b7b4d0c9a531f4d6f3d2a10",
        }
    )

    account_name: str
    name: str
    role: Labelled[Role]
    place: SessionUnion | None = Field(default=None, serialization_alias="union")
    must_change_password: bool
    closed: Closed | None = None
    menus: list[MenuShown]
    csrf_token: str


class OpenSession(BaseModel):
    """An open session of the caller's account. `device`: the browser's header `User-Agent`.

    `here`: True for the session with which this request was sent.
    """

    model_config = example(
        {
            "session_id": SESSION,
            "device": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            "address": "10.1.2.3",
            "created_at": "2024-05-10T09:00:00+08:00",
            "seen_at": "2024-05-10T09:12:00+08:00",
            "here": True,
        }
    )

    session_id: UUID
    device: str
    address: str | None = None
    created_at: Instant
    seen_at: Instant
    here: bool


class SignedOut(BaseModel):
    model_config = example({"signed_out": True})

    signed_out: bool = True


@open_router.post("/session", dependencies=[everybody("登录")])
async def sign_in(body: SignIn, request: Request, response: Response) -> SessionShown:
    """Sign in (F004–F007). An unknown account and a wrong password get the same answer.

    The captcha cannot be used again.
    """
    refuse_foreign(request)
    desk = desk_of(request)
    await spend_captcha(desk.database, desk.settings, body.captcha_id, body.captcha)
    signed_in = await desk.signing_in.sign_in(body.account_name, body.password.get_secret_value(), caller_of(request))
    desk.cookies.set_both(response, signed_in)
    response.headers["Cache-Control"] = "no-store"
    return _shown(await _find(desk, signed_in.session_secret), signed_in.session_secret)


@own_router.get("/session", dependencies=[may("查看本人登录", scope=Scope.SELF)])
async def show_session(request: Request, response: Response) -> SessionShown:
    """The caller's account, role, union and menus (F014)."""
    session, secret = await session_of(request), desk_of(request).cookies.session_of(request)
    assert secret is not None
    response.headers["Cache-Control"] = "no-store"
    return _shown(session, secret)


@own_router.put("/session/password", dependencies=[may("修改本人密码", scope=Scope.SELF)])
async def put_password(body: PasswordChange, request: Request) -> SignedOut:
    """Change the password of the caller's account. `signed_out` means that all other sessions of the account ended."""
    desk, session = desk_of(request), await session_of(request)
    passwords = body.old_password.get_secret_value(), body.new_password.get_secret_value()
    await change_own_password(desk.database, desk.hashing, desk.signing_in, session, passwords, caller_of(request))
    return SignedOut()


@own_router.delete("/session", dependencies=[may("退出登录", scope=Scope.SELF)])
async def sign_out(request: Request, response: Response) -> SignedOut:
    """End the session of this request (D01). Within a minute, every service refuses the tokens of the session."""
    desk, session = desk_of(request), await session_of(request)
    await end_own_session(desk.database, session, session.session_id, caller_of(request))
    desk.cookies.clear_session(response)
    return SignedOut()


@router.get("/sessions", dependencies=[may("查看本人的所有登录", scope=Scope.SELF)])
async def list_sessions(request: Request) -> list[OpenSession]:
    """The open sessions of the caller's account, the latest first."""
    desk, session = desk_of(request), await session_of(request)
    async with desk.database.read() as connection:
        rows = await store.list_sessions(connection, session.account_id, desk.limits)
    return [OpenSession.model_validate({**row, "here": row["session_id"] == session.session_id}) for row in rows]


@router.delete("/sessions", dependencies=[may("在其他设备退出登录", scope=Scope.SELF)])
async def sign_out_elsewhere(request: Request) -> SignedOut:
    """End all sessions of the caller's account except the session of this request."""
    await end_own_sessions(desk_of(request).database, await session_of(request), caller_of(request))
    return SignedOut()


@router.delete("/sessions/{session_id}", dependencies=[may("在某一设备退出登录", scope=Scope.SELF)])
async def sign_out_there(session_id: UUID, request: Request) -> SignedOut:
    """End one session of the caller's account.

    The answer is 404 SESSION_NOT_FOUND if the session belongs to another account.
    """
    await end_own_session(desk_of(request).database, await session_of(request), session_id, caller_of(request))
    return SignedOut()


async def _find(desk: Desk, secret: str) -> Session:
    async with desk.database.read() as connection:
        found = await store.find_session(connection, desk.database.tools.row_cipher, stored_hash(secret), desk.limits)
    if found is None:  # an administrator has just ended the session
        raise SessionNotFound
    return found[0]


def _shown(session: Session, secret: str) -> SessionShown:
    is_open = session.is_supported
    return SessionShown(
        account_name=session.account_name,
        name=session.name,
        role=Role(session.role),
        place=_union(session),
        must_change_password=session.must_change_password,
        closed=None if is_open else Closed(code=UnsupportedUnionType.code, message=UnsupportedUnionType.message),
        menus=[MenuShown(menu=one.menu, label=one.label) for one in menus_of(session.role)] if is_open else [],
        csrf_token=csrf_token(secret),
    )


def _union(session: Session) -> SessionUnion | None:
    if session.union_id is None:
        return None
    kind = session.union_type
    return SessionUnion(
        union_id=session.union_id,
        name=session.union_name,
        union_type=kind,
        supported=kind is None or kind.supported,
    )
