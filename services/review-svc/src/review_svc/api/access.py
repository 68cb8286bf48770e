"""Who sees which lines and submissions (D02, A56, A61)."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.acts import ReadContext
from chassis.refusals import Forbidden
from chassis.scope import CITY_WIDE, in_scope
from contracts.words import Role
from review_svc.store import lines

if TYPE_CHECKING:
    import asyncpg

#: Who may read submissions; 市总, center and auditors see the whole city's. Operators get figures, no case (A61).
READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.AUDITOR)
FIGURE_READERS = (*READERS, Role.OPERATOR)


async def visible_line(line_id: UUID, read: ReadContext) -> "asyncpg.Record":
    """The submitting union and the unions of the frozen chain see a line, and 市总 does.

    A superior that the unit moved to later sees its new lines only (A56). Unknown ids answer the same.
    """
    row = await lines.find(read.connection, line_id)
    if row is None:
        raise Forbidden
    mine = read.principal.scope_id in (row["union_id"], *row["chain"])
    if mine or read.principal.role == Role.MUNICIPAL:
        return row
    raise Forbidden


def reach(read: ReadContext) -> UUID | None:
    """None = the whole city."""
    return None if read.principal.role in CITY_WIDE else read.principal.scope_id


async def require_reach(union_id: UUID, read: ReadContext) -> None:
    """Raises Forbidden for a union outside the caller's subtree, and for one that does not exist."""
    if reach(read) is not None and not await in_scope(read.connection, read.principal, union_id):
        raise Forbidden


def shown_name(row: "asyncpg.Record", read: ReadContext) -> str:
    """In full for those who work on the case, shortened for 市总 (A29, A61)."""
    if read.principal.role == Role.MUNICIPAL:
        return str(row["masked_name"])
    return read.vault.unseal(row["sealed"], row["member_id"]).name
