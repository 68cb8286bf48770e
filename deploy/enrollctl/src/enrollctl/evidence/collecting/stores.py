"""Read-only connections to the services' databases.

All queries of a connection see the same snapshot of the database.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.sql import Connection
from contracts.fields import Shares
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack


class NotYet(Failure):
    """An event is not on its topic yet, or a row of the audit log is not in the chain yet. Try again soon."""


@asynccontextmanager
async def store(stack: Stack, service: str) -> AsyncIterator[Connection]:
    """A connection that only reads, in one transaction. Raises ComponentUnhealthy if the database does not answer."""
    async with (
        stack.connection(service) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


def fee_of(row: Any, prefix: str = "") -> Shares:
    """The shares in the columns `city_fen`, `district_fen` and `unit_fen`, each with the prefix."""
    return Shares.of(
        city=row[f"{prefix}city_fen"], district=row[f"{prefix}district_fen"], unit=row[f"{prefix}unit_fen"]
    )


def fields_of(row: Any, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
