"""The last resume command for this service's subscribers: a row of the audit log, which all replicas share."""

from dataclasses import dataclass
from math import inf
from typing import Final

from chassis.sql import Connection

#: The name of the command in the audit log.
RESUMED: Final = "subscriber_resumed"


@dataclass(frozen=True, slots=True)
class ResumeSignal:
    """`act`: the id of its row, 0 if there is none. `age_s`: its age by the database's clock."""

    act: int = 0
    age_s: float = inf
    accept_failures: bool = False


async def last(connection: Connection) -> ResumeSignal:
    """The last committed resume command, even if it was committed after this transaction began."""
    row = await connection.fetchrow(
        # Not now(), the time at which the poll's transaction began. The name is no parameter: the index is partial.
        """SELECT id, greatest(extract(epoch FROM clock_timestamp() - at), 0)::float8 AS age_s,
                  coalesce((detail ->> 'accept_failures')::boolean, false) AS accept_failures
           FROM audit_log WHERE name = 'subscriber_resumed' ORDER BY id DESC LIMIT 1"""
    )
    return ResumeSignal(*row.values()) if row else ResumeSignal()
