"""Who sees and who acts: the role here, the place in the tree by scope (D02, A61)."""

from uuid import UUID

from chassis.database import Work
from chassis.domain import Forbidden
from chassis.messaging import references
from chassis.web import ReadContext, require_reach
from contracts.unions import UnionChanged
from contracts.words import Role
from enrollment_svc.domain.refusals import NotDistrict, UnsupportedUnionType
from enrollment_svc.domain.review_chain import SUBMITTERS

READERS = (Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL)
FIGURE_READERS = (*READERS, Role.OPERATOR, Role.AUDITOR)


async def may_read(read: ReadContext, union_id: UUID) -> None:
    """Raises Forbidden, or UnsupportedUnionType for a union that enrolls nobody (F021, F022)."""
    await require_reach(read.connection, read.principal, union_id)
    union = await references.entry(read.connection, UnionChanged, str(union_id))
    if union is not None and not union.union_type.supported:
        raise UnsupportedUnionType(union_type=union.union_type.value)


async def may_act(work: Work, union_id: UUID) -> None:
    """Raises Forbidden unless the union is the caller's own or below it."""
    if work.actor is None:
        raise Forbidden
    await require_reach(work.connection, work.actor, union_id)


async def own_district(work: Work) -> UUID:
    """The caller's union, where it is a district or industry union (A60). Raises NotDistrict."""
    scope = work.actor.scope_id if work.actor else None
    union = await references.entry(work.connection, UnionChanged, str(scope)) if scope else None
    if union is None or union.union_type not in SUBMITTERS:
        raise NotDistrict
    return union.union_id


def sees_names(read: ReadContext) -> bool:
    """Names in full are for the handler alone (A29)."""
    return read.principal.role == Role.HANDLER
