"""Writes acts such as a sign-in to the audit log. These acts have no Idempotency-Key. So they are no commands, and
`chassis.web.commands` does not record them.
"""

from typing import Any
from uuid import uuid4

from chassis.database import UnitOfWork
from chassis.identity import Principal, audit
from console.domain.accounts import Account
from console.domain.sessions import Session

#: The principal of an act in the audit log, if the entered account does not exist.
UNKNOWN = Principal("unknown", "none", None)


def principal_of(holder: Account | Session) -> Principal:
    """The account, or the account of the session, as the one who acts."""
    return Principal(holder.account_name, holder.role, holder.union_id, holder.name)


async def record(
    work: UnitOfWork, principal: Principal, name: str, address: str | None, detail: dict[str, Any] | None = None
) -> None:
    """Record an act of the principal on its own account. `detail` must contain no personal data and no secret."""
    await audit.record(
        work.connection,
        principal,
        command_id=uuid4(),
        name=name,
        subject=principal.account,
        detail=detail or {},
        address=address,
        row_cipher=work.row_cipher,
        index=work.index,
    )
