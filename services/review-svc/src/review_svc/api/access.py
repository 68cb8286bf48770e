"""Which lines and submissions an account is allowed to read (D02, A56, A61)."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.identity import Principal
from chassis.web import CITY_WIDE, InFull, ReadContext, reach, reached_row, require_reach
from contracts.words import Role
from review_svc.store import lines, submissions

if TYPE_CHECKING:
    import asyncpg

#: The roles that read submissions (A61). Operators read only the figures of `api/reports.py`.
READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.AUDITOR)
FIGURE_READERS = (*READERS, Role.OPERATOR)
#: Who sees names in full: of a line, and of what was submitted to the center. 市总 sees masked names (A29, A61).
NAMES = InFull(names=(Role.REVIEWER, Role.HANDLER))
SENT_NAMES = InFull(names=(Role.REVIEWER, Role.CENTER))


async def visible_line(line_id: UUID, read: ReadContext) -> "asyncpg.Record":
    """The line with this id. Raises Forbidden if the id is unknown, or if the account is not allowed to see the line.

    The roles of `CITY_WIDE` see the lines of the unions in their reach. Their reach is the whole city, or the subtree
    of the union that their token names. A handler or reviewer sees a line if their union is the union of the line, the
    union that submitted the line, or a reviewing union in the line's chain. The chain is stored when the line is
    submitted. So if the union of the line gets another superior later, the new superior does not see older lines (A56).
    """
    row = await lines.find(read.connection, line_id)
    if row is None:
        raise Forbidden
    if read.principal.role in CITY_WIDE:
        await require_reach(read.connection, read.principal, row["union_id"])
    elif read.principal.scope_id not in (row["union_id"], row["submitted_by_union_id"], *row["chain"]):
        raise Forbidden
    return row


async def visible_submission(submission_no: str, read: ReadContext) -> "asyncpg.Record":
    """The submission with this number. Raises Forbidden if it is unknown, or out of the account's reach."""
    return await reached_row(read.connection, read.principal, await submissions.find(read.connection, submission_no))


async def require_decidable(submission_no: str, principal: Principal, work: UnitOfWork) -> None:
    """Raises Forbidden for a submission that is unknown or out of the account's reach.

    An account that reaches the whole city is not checked, because it is allowed to know that a submission is unknown.
    """
    if reach(principal) is not None:
        await reached_row(work.connection, principal, await submissions.find(work.connection, submission_no))
