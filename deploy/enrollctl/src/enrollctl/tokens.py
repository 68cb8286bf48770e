"""Signed tokens for people and scripts, until there is a sign-in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.identity import issue_token
from chassis.privacy import Keys
from contracts.words import Role

#: Who acts in the audit trail when an operator uses the command line.
OPERATOR_ACCOUNT = "enrollctl"


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    expires_at: datetime


def new_token(
    keys: Keys,
    *,
    account: str,
    role: Role,
    hours: float = 12,
    union_id: UUID | None = None,
    name: str | None = None,
) -> Token:
    """A JWT of `account`, valid from now by the machine's clock, also where the business date is set."""
    text = issue_token(keys, account=account, role=role.value, scope_id=union_id, hours=hours, name=name)
    return Token(text, datetime.now(UTC) + timedelta(hours=hours))


def operator_token(keys: Keys) -> str:
    """What the commands of this program show to the services: short-lived, because it is made anew each time."""
    return new_token(keys, account=OPERATOR_ACCOUNT, role=Role.OPERATOR, hours=0.25).text
