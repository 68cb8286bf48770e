"""Checks which unions an account may work on: the unions of its subtree that have a supported type (F015–F022)."""

from uuid import UUID

from chassis.domain import Forbidden
from chassis.identity import Principal
from chassis.sql import Connection
from chassis.web import scope
from contracts.words import Role
from member_svc.domain.refusals import UnionInactive, UnsupportedUnionType
from member_svc.store import unions
from member_svc.store.unions import UnionEntry

#: The roles that read members, cards and unions.
READERS = (Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL)


async def require_reach(connection: Connection, principal: Principal, union_id: UUID) -> UnionEntry:
    """The union, if it is in the caller's subtree. Raises Forbidden or UnsupportedUnionType."""
    await require_supported_caller(connection, principal)
    await scope.require_reach(connection, principal, union_id)
    union = await unions.entry(connection, union_id)
    if union is None:
        raise Forbidden
    if not union.union_type.supported:
        raise UnsupportedUnionType(union_type=union.union_type.label)
    return union


async def require_working(connection: Connection, principal: Principal, union_id: UUID) -> UnionEntry:
    """Like `require_reach`, for a command that adds something to the union. Also raises UnionInactive."""
    union = await require_reach(connection, principal, union_id)
    if not union.active:
        raise UnionInactive
    return union


async def require_supported_caller(connection: Connection, principal: Principal) -> None:
    """Raises UnsupportedUnionType for an account of a federation, branch or group."""
    own = await unions.entry(connection, principal.scope_id) if principal.scope_id else None
    if own is not None and not own.union_type.supported:
        raise UnsupportedUnionType(union_type=own.union_type.label)
