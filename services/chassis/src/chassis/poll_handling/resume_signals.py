"""Reads the last command that resumed the subscribers of this service, from the audit log in its database."""

from dataclasses import dataclass
from math import inf
from typing import Final

from chassis.sql import Connection

#: The name of the command in the audit log.
RESUMED: Final = "subscriber_resumed"


@dataclass(frozen=True, slots=True)
class ResumeSignal:
    """The last resume command. `audit_id`: the id of its row in the audit log; 0 if there was no resume command.

    `age_s`: the age of the command by the database's clock.
    """

    audit_id: int = 0
    age_s: float = inf
    accept_failures: bool = False


async def last(connection: Connection) -> ResumeSignal:
    """The last committed resume command, even if it was committed after this transaction began."""
    row = await connection.fetchrow(
        # now() is not used, because it is the time at which the transaction began, and the command is possibly newer.
        # The name is no parameter, because PostgreSQL uses the partial index for this name only if the statement
        # contains the name.
        """SELECT id, greatest(extract(epoch FROM clock_timestamp() - at), 0)::float8 AS age_s,
                  coalesce((detail ->> 'accept_failures')::boolean, false) AS accept_failures
           FROM audit_log WHERE name = 'subscriber_resumed' ORDER BY id DESC LIMIT 1"""
    )
    return ResumeSignal(*row.values()) if row else ResumeSignal()
