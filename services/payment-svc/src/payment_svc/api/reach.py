"""Which dues and vouchers an account can read (A51, A61), and which unions can upload vouchers (F250)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import StringConstraints

from chassis.domain import Refusal
from chassis.identity import Principal
from chassis.normalization import code_key
from chassis.sql import Connection
from chassis.web import ReadContext, own_place, reached_row
from contracts.words import Role, UnionType
from payment_svc.store import dues

if TYPE_CHECKING:
    import asyncpg

READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.CENTER, Role.AUDITOR)
#: The roles that read figures. Operators are among them, because figures name no person.
FIGURE_READERS = (*READERS, Role.OPERATOR)
#: 区局（产业）工会: the only unions that pay the center.
PAYERS = (UnionType.DISTRICT, UnionType.INDUSTRY)
#: One text with submission numbers, separated by commas.
Numbers = Annotated[str, StringConstraints(max_length=10_000)]
MOST_NUMBERS = 1_000


class NotPayer(Refusal):
    code = "NOT_DISTRICT_UNION"
    status = 403
    message = "缴费凭证由区局（产业）工会的审核人上传，本工会无需缴费，请联系所属区局（产业）工会"


async def require_payer(connection: Connection, principal: Principal) -> UUID:
    """The caller's union, if this union pays the center. Raises NotPayer if its type is not in `PAYERS` (F250)."""
    return await own_place(connection, principal, PAYERS, NotPayer)


async def visible_due(submission_no: str, read: ReadContext) -> "asyncpg.Record":
    """The due of the submission. Raises Forbidden if the submission is unknown or out of the caller's reach."""
    rows = await dues.find_dues(read.connection, [submission_no])
    return await reached_row(read.connection, read.principal, next(iter(rows), None))


def numbers_in(texts: Iterable[str]) -> list[str]:
    """The submission numbers in these texts, in the same order and without repetitions. Commas separate the numbers."""
    found = [code_key(part) for text in texts for part in text.replace("，", ",").replace("、", ",").split(",")]
    return list(dict.fromkeys(part for part in found if part))
