"""Connections to the databases of the services, each with one snapshot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from chassis.sql import Connection
from contracts.fields import Shares
from enrollctl.errors import ComponentUnhealthy, Failure
from enrollctl.stack.stack import Stack

CONNECT_SECONDS = 10


class NotYet(Failure):
    """Something is on its way: an event to its topic, or a row of the audit log into the chain. Try again soon."""


@asynccontextmanager
async def store(stack: Stack, service: str) -> AsyncIterator[Connection]:
    """A connection that only reads, in one transaction. Raises ComponentUnhealthy if the database does not answer."""
    try:
        connection = await asyncpg.connect(stack.database_url(service), timeout=CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError) as error:
        raise ComponentUnhealthy(f"the database of {service} does not answer ({type(error).__name__})") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close()


def fee_of(row: Any, prefix: str = "") -> Shares:
    """The shares in the columns `city_fen`, `district_fen` and `unit_fen`, each with the prefix."""
    return Shares.of(
        city=row[f"{prefix}city_fen"], district=row[f"{prefix}district_fen"], unit=row[f"{prefix}unit_fen"]
    )


def fields_of(row: Any, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
