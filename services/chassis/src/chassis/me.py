"""Who am I, as the service sees the caller's token: account, role, union, and what closes the door to him."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from chassis import references
from chassis.acts import Read
from chassis.paging import Labelled
from chassis.principal import Principal
from contracts.unions import UnionChanged
from contracts.words import Role, UnionType

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["me"])

#: Roles that act and look for a union of theirs; without one they see nothing.
OF_A_UNION = (Role.HANDLER, Role.REVIEWER)

ROLE_UNKNOWN = ("ROLE_UNKNOWN", "该账号的角色不存在，请联系平台运维重新开通账号")
UNION_MISSING = ("UNION_MISSING", "该账号没有所属工会，不能办理业务，请联系上级工会为账号设置所属工会")
UNION_UNKNOWN = ("UNION_UNKNOWN", "所属工会的信息不存在或尚未同步，请稍后重试，仍不成功时联系市总工会核对")
UNION_CLOSED = ("UNION_CLOSED", "所属工会已停用，不能办理业务，请联系上级工会")
UNSUPPORTED = ("UNSUPPORTED_UNION_TYPE", "暂不支持该工会类型办理参保")


class Named(BaseModel):
    """A word of a closed vocabulary with what screens show for it."""

    code: str
    label: str


class Reason(BaseModel):
    code: str
    message: str


class MyUnion(BaseModel):
    """`superior`: the name of the union above it, where this service knows it."""

    union_id: UUID
    name: str
    union_type: Labelled[UnionType]
    supported: bool
    active: bool
    parent_id: UUID | None
    superior: str | None


class Me(BaseModel):
    """`closed`: why this account can do nothing here although its token is good (F021, F022); else null."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
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
                }
            ]
        }
    )

    account: str
    name: str | None
    role: Named
    union: MyUnion | None
    closed: Reason | None


@router.get("/me")
async def show_me(read: Read) -> Me:
    """Who the token is: account, role, union, and why it can do nothing here, if so."""
    me = read.principal
    union = await _union_of(read.connection, me.scope_id)
    closed = _closed(me, union)
    return Me(
        account=me.account,
        name=me.name,
        role=_role(me.role),
        union=union,
        closed=Reason(code=closed[0], message=closed[1]) if closed else None,
    )


def _role(role: str) -> Named:
    return Named(code=role, label=Role(role).label if _known(role) else role)


def _known(role: str) -> bool:
    return role in {one.value for one in Role}


async def _union_of(connection: "asyncpg.Connection[Any]", union_id: UUID | None) -> MyUnion | None:
    if union_id is None:
        return None
    union = await references.entry(connection, UnionChanged, str(union_id))
    if union is None:
        return None
    above = await references.entry(connection, UnionChanged, str(union.parent_id)) if union.parent_id else None
    return MyUnion(
        union_id=union.union_id,
        name=union.name,
        union_type=union.union_type,
        supported=union.union_type.supported,
        active=union.active,
        parent_id=union.parent_id,
        superior=above.name if above else None,
    )


def _closed(me: Principal, union: MyUnion | None) -> tuple[str, str] | None:
    """The first thing that closes the door, from the token outwards."""
    if not _known(me.role):
        return ROLE_UNKNOWN
    if me.scope_id is None:
        return UNION_MISSING if me.role in OF_A_UNION else None
    if union is None:
        return UNION_UNKNOWN
    if not union.supported:
        return UNSUPPORTED
    return None if union.active else UNION_CLOSED
