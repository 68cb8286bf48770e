"""The caller's subtree: every list and every write is limited to it (D02)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.principal import Principal
from chassis.refusals import Forbidden, PlaceMissing, PlaceRequired
from contracts.words import Role

if TYPE_CHECKING:
    import asyncpg

#: Roles that act and look from a place in the tree; without one they see nothing.
PLACED = (Role.HANDLER, Role.REVIEWER)
#: Roles that see the whole city where their token names no union (A61).
CITY_WIDE = (Role.MUNICIPAL, Role.CENTER, Role.OPERATOR, Role.AUDITOR)
#: For a statement that limits rows to the caller's subtree; `{}` is the number of the parameter with the scope's id.
SUBTREE = "SELECT node_id FROM scope_nodes WHERE path @> ARRAY[${}::uuid]"


async def in_scope(connection: "asyncpg.Connection[Any]", principal: Principal, node_id: UUID) -> bool:
    if principal.scope_id is None:
        return False
    if principal.scope_id == node_id:
        return True
    found = await connection.fetchval(
        "SELECT $2 = ANY(path) FROM scope_nodes WHERE node_id = $1", node_id, principal.scope_id
    )
    return bool(found)


async def require_scope(connection: "asyncpg.Connection[Any]", principal: Principal, node_id: UUID) -> None:
    """Raises Forbidden unless the node is the caller's own or below it; unknown nodes answer the same.

    Raises PlaceMissing for a token that names no union.
    """
    place_of(principal)
    if not await in_scope(connection, principal, node_id):
        raise Forbidden


def place_of(principal: Principal) -> UUID:
    """The union that the token names. Raises PlaceMissing."""
    if principal.scope_id is None:
        raise PlaceMissing
    return principal.scope_id


def chosen_place(principal: Principal, asked: UUID | None) -> UUID:
    """The union that a read is about: the one asked for, else the caller's own. Raises PlaceRequired, PlaceMissing."""
    if asked is not None:
        return asked
    if principal.role in CITY_WIDE and principal.scope_id is None:
        raise PlaceRequired
    return place_of(principal)


def reach(principal: Principal) -> UUID | None:
    """The node whose subtree the caller sees; None = the whole city. Raises PlaceMissing."""
    if principal.role in CITY_WIDE and principal.scope_id is None:
        return None
    return place_of(principal)


async def require_reach(connection: "asyncpg.Connection[Any]", principal: Principal, *node_ids: UUID) -> None:
    """Raises Forbidden unless the caller sees all these nodes."""
    if reach(principal) is not None:
        for node_id in dict.fromkeys(node_ids):
            await require_scope(connection, principal, node_id)


async def subtree(connection: "asyncpg.Connection[Any]", principal: Principal) -> list[UUID]:
    """Ids at and below the caller's node; none for a caller without a place in the tree."""
    if principal.scope_id is None:
        return []
    rows = await connection.fetch(SUBTREE.format(1), principal.scope_id)
    return sorted({principal.scope_id, *(row["node_id"] for row in rows)})
