"""Who sees which dues and vouchers (A51, A61), and who may upload (F250)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from chassis import references
from chassis.acts import ReadContext
from chassis.normalization import code_key
from chassis.principal import Principal
from chassis.refusals import Forbidden
from chassis.scope import in_scope
from contracts.unions import UnionChanged
from contracts.words import Role, UnionType

if TYPE_CHECKING:
    import asyncpg

READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.AUDITOR)
#: Besides, operators see figures, which name nobody.
COUNTERS = (*READERS, Role.OPERATOR)
#: Roles without a place in the tree that see the whole city.
CITY_WIDE = (Role.MUNICIPAL, Role.CENTER, Role.AUDITOR, Role.OPERATOR)
#: 区局（产业）工会: the only unions that pay the center.
PAYERS = (UnionType.DISTRICT, UnionType.INDUSTRY)
#: Submission numbers as one text, separated by commas.
Numbers = Annotated[str, StringConstraints(max_length=10_000)]
MOST_NUMBERS = 1_000


def reach(read: ReadContext, roles: Iterable[Role] = READERS) -> UUID | None:
    """The node whose subtree the caller sees; None = the whole city. Raises Forbidden."""
    read.require(*roles)
    if read.principal.scope_id is None and read.principal.role not in CITY_WIDE:
        raise Forbidden
    return read.principal.scope_id


async def require_reach(read: ReadContext, union_ids: Iterable[UUID], roles: Iterable[Role] = READERS) -> None:
    """Raises Forbidden unless all these unions lie within the caller's reach."""
    if reach(read, roles) is None:
        return
    for union_id in set(union_ids):
        if not await in_scope(read.connection, read.principal, union_id):
            raise Forbidden


async def require_payer(connection: "asyncpg.Connection[Any]", principal: Principal) -> UUID:
    """The caller's union, which pays the center. Raises Forbidden for grassroots and second-level unions (F250)."""
    principal.require(Role.REVIEWER)
    if principal.scope_id is None:
        raise Forbidden
    union = await references.entry(connection, UnionChanged, str(principal.scope_id))
    if union is None or union.union_type not in PAYERS:
        raise Forbidden
    return principal.scope_id


def numbers_in(texts: Iterable[str]) -> list[str]:
    """Submission numbers, repeated or separated by commas, in the order given and each once."""
    found = [code_key(part) for text in texts for part in text.replace("，", ",").replace("、", ",").split(",")]
    return list(dict.fromkeys(part for part in found if part))
