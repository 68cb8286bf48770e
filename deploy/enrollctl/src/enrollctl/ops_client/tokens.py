"""Issues signed tokens for people and scripts that call the services without signing in at the console."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.identity import issue_token
from chassis.privacy import Keys
from contracts.words import Role

#: The account that the audit log shows if an operator uses the command line.
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
    """A JWT for `account`.

    The token is valid for `hours`, beginning now by the machine's clock, whatever the business clock shows.
    """
    text = issue_token(keys, account=account, role=role.value, scope_id=union_id, hours=hours, name=name)
    return Token(text, datetime.now(UTC) + timedelta(hours=hours))


def operator_token(keys: Keys) -> str:
    """The token that enrollctl sends to services. 15 minutes are enough, because every command issues a new token."""
    return new_token(keys, account=OPERATOR_ACCOUNT, role=Role.OPERATOR, hours=0.25).text
