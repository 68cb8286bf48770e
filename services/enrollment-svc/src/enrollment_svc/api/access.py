"""What an account may do depends on its role and on its reach.

The reach is the account's union with all unions below it, or the whole city (D02, A61).
"""

from uuid import UUID

from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.messaging import references
from chassis.web import InFull, ReadContext, own_place, require_reach
from contracts.unions import UnionChanged
from contracts.words import Role
from enrollment_svc.domain.refusals import NotDistrict, UnsupportedUnionType
from enrollment_svc.domain.submissions.review_chain import SUBMITTERS

READERS = (Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL)
FIGURE_READERS = (*READERS, Role.OPERATOR, Role.AUDITOR)
#: Only a handler reads unmasked names (A29).
NAMES = InFull(names=(Role.HANDLER,))


async def may_read(read: ReadContext, union_id: UUID) -> None:
    """Check that the caller may read this union.

    Raises Forbidden if the union is out of reach, and UnsupportedUnionType if unions of its type are not allowed to
    enroll members (F021, F022).
    """
    await require_reach(read.connection, read.principal, union_id)
    union = await references.entry(read.connection, UnionChanged, str(union_id))
    if union is not None and not union.union_type.supported:
        raise UnsupportedUnionType(union_type=union.union_type.value)


async def own_district(work: UnitOfWork, principal: Principal) -> UUID:
    """The id of the caller's union (A60). Raises NotDistrict if it is neither a district nor an industry union."""
    return await own_place(work.connection, principal, SUBMITTERS, NotDistrict)
