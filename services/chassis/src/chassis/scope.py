"""The caller's subtree: every list and every write is limited to it (D02)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.principal import Principal
from chassis.refusals import Forbidden

if TYPE_CHECKING:
    import asyncpg

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
    """Raises Forbidden unless the node is the caller's own or below it; unknown nodes answer the same."""
    if not await in_scope(connection, principal, node_id):
        raise Forbidden


async def subtree(connection: "asyncpg.Connection[Any]", principal: Principal) -> list[UUID]:
    """Ids at and below the caller's node; none for a caller without a place in the tree."""
    if principal.scope_id is None:
        return []
    rows = await connection.fetch(SUBTREE.format(1), principal.scope_id)
    return sorted({principal.scope_id, *(row["node_id"] for row in rows)})
