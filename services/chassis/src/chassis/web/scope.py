"""The reach of a caller: the unions whose data the caller is allowed to read and change (D02, A61).

The token names the caller's place, a union in the tree; the caller reaches this union and all unions below it. A
city-wide role whose token names no union reaches the whole city. All lists, files, sums and commands use this module.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from chassis.domain import CityRequired, Forbidden, PlaceMissing, PlaceRequired, Refusal
from chassis.identity import Principal
from chassis.messaging import references
from chassis.sql import Connection
from contracts.unions import UnionChanged as Entry
from contracts.words import Role, UnionType

if TYPE_CHECKING:
    import asyncpg

Row = TypeVar("Row", bound="asyncpg.Record")

#: The type of a place. Declarations of routes use this name.
PlaceType = UnionType
#: Roles that see the whole city if their token names no union (A61).
CITY_WIDE = (Role.MUNICIPAL, Role.CENTER, Role.OPERATOR, Role.AUDITOR, Role.ACCOUNT_ADMIN)


def place_of(principal: Principal) -> UUID:
    """The union that the token names. Raises PlaceMissing."""
    if principal.scope_id is None:
        raise PlaceMissing
    return principal.scope_id


def chosen_place(principal: Principal, requested: UUID | None) -> UUID:
    """The union whose data a request reads: the requested union, or the caller's own union if none is requested.

    Raises PlaceRequired or PlaceMissing.
    """
    if requested is not None:
        return requested
    if principal.role in CITY_WIDE and principal.scope_id is None:
        raise PlaceRequired
    return place_of(principal)


def reach(principal: Principal) -> UUID | None:
    """The union whose subtree the caller sees; None = the whole city. Raises PlaceMissing."""
    if principal.role in CITY_WIDE and principal.scope_id is None:
        return None
    return place_of(principal)


async def wide_reach(connection: Connection, principal: Principal) -> UUID | None:
    """Like `reach`, but also None for an account of the municipal union, which is the root of the tree. If the result
    is None, a list needs no search by union. Raises PlaceMissing.
    """
    return None if await reaches_city(connection, principal) else reach(principal)


async def reached(connection: Connection, principal: Principal, node_ids: Iterable[UUID]) -> set[UUID]:
    """Those unions of `node_ids` that the caller reaches. Raises PlaceMissing."""
    nodes, place = set(node_ids), reach(principal)
    if place is None:
        return nodes
    rows = await connection.fetch(
        "SELECT node_id FROM scope_nodes WHERE node_id = ANY($1::uuid[]) AND path @> ARRAY[$2::uuid]",
        sorted(nodes),
        place,
    )
    return {row["node_id"] for row in rows} | (nodes & {place})


async def require_reach(connection: Connection, principal: Principal, *node_ids: UUID) -> None:
    """Raises Forbidden unless the caller reaches all these unions. The refusal does not show whether a union exists."""
    if reach(principal) is not None and await reached(connection, principal, node_ids) != set(node_ids):
        raise Forbidden


async def reached_row(connection: Connection, principal: Principal, row: Row | None) -> Row:
    """The row, if the caller reaches its `union_id`. Otherwise raises Forbidden. If `row` is None, also raises
    Forbidden, because an answer must not show whether a row exists out of the caller's reach.
    """
    if row is None:
        raise Forbidden
    await require_reach(connection, principal, row["union_id"])
    return row


async def own_place(
    connection: Connection, principal: Principal, kinds: Collection[PlaceType], refusal: type[Refusal]
) -> UUID:
    """The caller's union, if its type is one of `kinds`. Raises PlaceMissing, or `refusal` if it has another type."""
    place = place_of(principal)
    union = await references.entry(connection, Entry, str(place))
    if union is None or union.union_type not in kinds:
        raise refusal
    return place


async def reaches_city(connection: Connection, principal: Principal) -> bool:
    """Whether the caller reaches the whole city: it has a city-wide role, and its token names either no union or the
    municipal union.
    """
    if principal.role not in CITY_WIDE or principal.scope_id is None:
        return principal.role in CITY_WIDE
    place = await references.entry(connection, Entry, str(principal.scope_id))
    return place is not None and place.union_type is PlaceType.MUNICIPAL


async def require_city(connection: Connection, principal: Principal) -> None:
    """Raises CityRequired for a city-wide role whose token names a union other than the municipal union."""
    if principal.role in CITY_WIDE and not await reaches_city(connection, principal):
        raise CityRequired


def within(column: str, node: str = "scope_id") -> str:
    """An SQL condition: `column` is a union in the subtree of the union in the parameter `:node`. If the parameter is
    NULL, the condition holds for every row.

    For the default `:scope_id`, pass the result of `reach`. PostgreSQL makes the array of unions first, and finds the
    rows in an index by union. With `IN (subquery)` instead of the array it would read the whole table, because it
    cannot use an index for a subquery behind an OR. The copy of the tree comes from a topic and possibly does not
    contain the union yet, so the id of the union is added to the array.
    """
    subtree = f"SELECT node_id FROM scope_nodes WHERE path @> ARRAY[:{node}::uuid]"  # noqa: S608 - a declared name
    return f"(:{node}::uuid IS NULL OR {column} = ANY (ARRAY({subtree}) || :{node}::uuid))"
