"""`GET /me`: the caller's account, role and union, its commands, and the reason if the account can do nothing."""

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from chassis.domain import PlaceMissing
from chassis.identity import Principal, actors
from chassis.messaging import references
from chassis.sql import Connection
from chassis.validation import example
from chassis.web import Labelled, Read, ReadContext, Scope, declared_routes, may, reaches_city
from contracts.unions import UnionChanged as Entry
from contracts.words import PLACED, Role
from contracts.words import UnionType as Kind

router = APIRouter(tags=["me"])

ROLE_UNKNOWN = ("ROLE_UNKNOWN", "该账号的角色不存在，请联系平台运维重新开通账号")
PLACE_MISSING = (PlaceMissing.code, PlaceMissing.message)
PLACE_UNKNOWN = ("UNION_UNKNOWN", "所属工会的信息不存在或尚未同步，请稍后重试，仍不成功时联系市总工会核对")
PLACE_CLOSED = ("UNION_CLOSED", "所属工会已停用，不能办理业务，请联系上级工会")
UNSUPPORTED = ("UNSUPPORTED_UNION_TYPE", "暂不支持该工会类型办理参保")


class Named(BaseModel):
    """A code of an enumeration, with the word that screens show for it."""

    code: str
    label: str


class Reason(BaseModel):
    code: str
    message: str


class Place(BaseModel):
    """The union of the account. `superior`: the name of the union above it; null if it is not known here."""

    node_id: UUID = Field(serialization_alias="union_id")
    name: str
    kind: Labelled[Kind] = Field(serialization_alias="union_type")
    supported: bool
    active: bool
    parent_id: UUID | None
    superior: str | None


class MyCommand(BaseModel):
    """A route that the role is allowed to call, as docs/access.md lists it. `only`: a further rule of the route."""

    act: str
    method: str
    path: str
    only: str


class Me(BaseModel):
    """`closed`: why this account can do nothing here although its token is valid (F021, F022); otherwise null.

    `acts`: the routes of this service that the role is allowed to call; empty if `closed` is set.
    """

    model_config = example(
        {
            "account": "handler-3101",
            "name": "王经办",
            "role": {"code": "handler", "label": "经办人"},
            "union": {
                "union_id": "6f1c2a34-0000-4000-8000-000000000001",
                "name": "金桥工会联合会",
                "union_type": {"code": "federation", "label": "工会联合会"},
                "supported": False,
                "active": True,
                "parent_id": "6f1c2a34-0000-4000-8000-000000000009",
                "superior": "金桥街道总工会",
            },
            "closed": {"code": "UNSUPPORTED_UNION_TYPE", "message": "暂不支持该工会类型办理参保"},
            "acts": [],
        }
    )

    account: str
    name: str | None
    role: Named
    place: Place | None = Field(serialization_alias="union")
    closed: Reason | None
    acts: list[MyCommand]


@router.get("/me", dependencies=[may("查看本人账号", scope=Scope.SELF)])
async def show_me(read: Read, request: Request) -> Me:
    """The caller's account, role and union, and the routes that it can call here, or the reason why it can call none.

    The token contains the account holder's name. The service stores this name and shows it next to the account.
    """
    me = read.principal
    place = await _place_of(read.connection, me.scope_id)
    city = await reaches_city(read.connection, me)
    await _store_name(read)
    closed = _reason_closed(me, place)
    return Me(
        account=me.account,
        name=me.name,
        role=_role(me.role),
        place=place,
        closed=Reason(code=closed[0], message=closed[1]) if closed else None,
        acts=[] if closed else _acts(request, me.role, city=city),
    )


def _acts(request: Request, role: str, *, city: bool) -> list[MyCommand]:
    return [
        MyCommand(act=route.allowed.act, method=route.method, path=route.path, only=route.allowed.only)
        for route in declared_routes(request.app)
        if route.allowed is not None and not route.allowed.is_open and route.is_for(role)
        if city or role in PLACED or route.allowed.scope is not Scope.CITY
    ]


async def _store_name(read: ReadContext) -> None:
    """Store the account's name.

    The request releases its first connection before it takes a second one. If many requests each kept one connection of
    the pool and waited for a second one, they would all wait forever.
    """
    await read.end()
    async with read.runtime.database.connection() as connection:
        await actors.remember(connection, read.row_cipher, read.index, read.principal)


def _role(role: str) -> Named:
    return Named(code=role, label=Role(role).label if _known(role) else role)


def _known(role: str) -> bool:
    return role in {one.value for one in Role}


async def _place_of(connection: Connection, node_id: UUID | None) -> Place | None:
    if node_id is None:
        return None
    entry = await references.entry(connection, Entry, str(node_id))
    if entry is None:
        return None
    above = await references.entry(connection, Entry, str(entry.parent_id)) if entry.parent_id else None
    return Place(
        node_id=node_id,
        name=entry.name,
        kind=entry.union_type,
        supported=entry.union_type.supported,
        active=entry.active,
        parent_id=entry.parent_id,
        superior=above.name if above else None,
    )


def _reason_closed(me: Principal, place: Place | None) -> tuple[str, str] | None:
    """The first reason why the account can do nothing; the token is checked first, then the union."""
    if not _known(me.role):
        return ROLE_UNKNOWN
    if me.scope_id is None:
        return PLACE_MISSING if me.role in PLACED else None
    if place is None:
        return PLACE_UNKNOWN
    if not place.supported:
        return UNSUPPORTED
    return None if place.active else PLACE_CLOSED
