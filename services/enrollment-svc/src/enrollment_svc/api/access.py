"""Who sees and who acts: the role here, the place in the tree by scope (D02, A61)."""

from uuid import UUID

from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.messaging import references
from chassis.web import ReadContext, own_place, require_reach
from contracts.unions import UnionChanged
from contracts.words import Role
from enrollment_svc.domain.refusals import NotDistrict, UnsupportedUnionType
from enrollment_svc.domain.submissions.review_chain import SUBMITTERS

READERS = (Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL)
FIGURE_READERS = (*READERS, Role.OPERATOR, Role.AUDITOR)
#: Names in full are for the handler alone (A29).
NAMES_IN_FULL = (Role.HANDLER,)


async def may_read(read: ReadContext, union_id: UUID) -> None:
    """Raises Forbidden, or UnsupportedUnionType for a union that enrolls nobody (F021, F022)."""
    await require_reach(read.connection, read.principal, union_id)
    union = await references.entry(read.connection, UnionChanged, str(union_id))
    if union is not None and not union.union_type.supported:
        raise UnsupportedUnionType(union_type=union.union_type.value)


async def own_district(work: UnitOfWork, principal: Principal) -> UUID:
    """The caller's union, where it is a district or industry union (A60). Raises NotDistrict."""
    return await own_place(work.connection, principal, SUBMITTERS, NotDistrict)
