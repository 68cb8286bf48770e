"""Who sees which lines and submissions (D02, A56, A61)."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.identity import Principal
from chassis.web import CITY_WIDE, ReadContext, reach, reached_row, require_reach
from contracts.words import Role
from review_svc.store import lines, submissions

if TYPE_CHECKING:
    import asyncpg

#: Who may read submissions (A61). Operators get figures, no case.
READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.AUDITOR)
FIGURE_READERS = (*READERS, Role.OPERATOR)
#: Names in full are for those who work on the case, shortened for 市总 (A29, A61).
NAMES_IN_FULL = tuple(role for role in Role if role is not Role.MUNICIPAL)


async def visible_line(line_id: UUID, read: ReadContext) -> "asyncpg.Record":
    """The submitting unions and those of the frozen chain see a line, and 市总 those of its reach.

    A superior that the unit moved to later sees its new lines only (A56). Unknown ids answer the same.
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
    """Within the caller's reach. Unknown numbers answer the same."""
    return await reached_row(read.connection, read.principal, await submissions.find(read.connection, submission_no))


async def require_decidable(submission_no: str, principal: Principal, work: UnitOfWork) -> None:
    """For an account that reaches a part of the city, an unknown submission answers as one out of reach."""
    if reach(principal) is not None:
        await reached_row(work.connection, principal, await submissions.find(work.connection, submission_no))
