"""When an operator last let this service's subscribers go on: an act in the database, which all replicas share."""

from dataclasses import dataclass
from math import inf
from typing import Final

from chassis.sql import Connection

#: The name of the act.
RESUMED: Final = "subscriber_resumed"


@dataclass(frozen=True, slots=True)
class Resumption:
    """`act` is its id, 0 where there was none; `age_s` is measured by the database's clock."""

    act: int = 0
    age_s: float = inf
    accept_failures: bool = False


async def last(connection: Connection) -> Resumption:
    """The last one that is committed, also in a transaction that began before it."""
    row = await connection.fetchrow(
        # now() would be the instant at which the poll's transaction began. The name is no parameter: the partial index.
        """SELECT id, greatest(extract(epoch FROM clock_timestamp() - at), 0)::float8 AS age_s,
                  coalesce((detail ->> 'accept_failures')::boolean, false) AS accept_failures
           FROM acts WHERE name = 'subscriber_resumed' ORDER BY id DESC LIMIT 1"""
    )
    return Resumption(*row.values()) if row else Resumption()
