"""Queries of the tree of unions: the submitting union, its reviewers, its units."""

from collections.abc import Collection
from uuid import UUID

from chassis.messaging import references, tree_units
from chassis.sql import Connection
from contracts.unions import UnionChanged, Unit
from enrollment_svc.domain.refusals import UnionInactive, UnionUnknown, UnsupportedUnionType
from enrollment_svc.domain.submissions.review_chain import UnionNode, review_chain


async def enrolling_union(connection: Connection, union_id: UUID) -> UnionChanged:
    """The union, if it is allowed to enroll members. Raises UnionUnknown, UnionInactive or UnsupportedUnionType (F021,
    F022).
    """
    union = await references.entry(connection, UnionChanged, str(union_id))
    if union is None:
        raise UnionUnknown(union_id=str(union_id))
    if not union.active:
        raise UnionInactive(union_id=str(union_id))
    if not union.union_type.supported:
        raise UnsupportedUnionType(union_type=union.union_type.value)
    return union


async def chain_above(connection: Connection, union: UnionChanged) -> list[UnionNode]:
    """The reviewers of this union's submissions, lowest first (A51). Raises UnionUnknown or NoSuperior."""
    above = [str(node) for node in reversed(union.path) if node != union.union_id]
    found = await references.entries(connection, UnionChanged, above)
    if missing := [node for node in above if node not in found]:
        raise UnionUnknown(union_ids=missing)
    return review_chain([_node(found[node]) for node in above])


async def units_of(connection: Connection, union_id: UUID, unit_ids: Collection[UUID]) -> dict[UUID, Unit]:
    """These units of the union. Raises UnionUnknown if a unit does not exist or belongs to another union."""
    found = await tree_units.named(connection, union_id, unit_ids)
    if missing := set(unit_ids) - found.keys():
        raise UnionUnknown(unit_id=str(min(missing)))
    return found


def _node(union: UnionChanged) -> UnionNode:
    return UnionNode(union.union_id, union.name, union.union_type, active=union.active, has_reviewer=union.has_reviewer)
