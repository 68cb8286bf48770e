"""Which lines and submissions an account may read (D02, A56, A61)."""

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

#: The roles that read submissions (A61). Operators read only the figures of `api/reports.py`.
READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.AUDITOR)
FIGURE_READERS = (*READERS, Role.OPERATOR)
#: The roles that read unmasked names. The municipal federation (市总) reads masked names (A29, A61).
NAMES_IN_FULL = tuple(role for role in Role if role is not Role.MUNICIPAL)


async def visible_line(line_id: UUID, read: ReadContext) -> "asyncpg.Record":
    """The line, if the account may see it. Raises Forbidden for an unknown id and for a line out of reach alike.

    Four kinds of accounts see a line: those of its own union, of the union that submitted it, of a union in its frozen
    chain, and city-wide accounts within their reach. If the unit moves to another superior later, the new superior does
    not see older lines (A56).
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
    """The submission. Raises Forbidden for an unknown number and for one out of reach alike."""
    return await reached_row(read.connection, read.principal, await submissions.find(read.connection, submission_no))


async def require_decidable(submission_no: str, principal: Principal, work: UnitOfWork) -> None:
    """Raises Forbidden if the account reaches only a part of the city, and the submission is unknown or not in it."""
    if reach(principal) is not None:
        await reached_row(work.connection, principal, await submissions.find(work.connection, submission_no))
