"""Reads long results in batches of rows, so that an export of any length needs constant memory."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from chassis.sql.connection import Connection

if TYPE_CHECKING:
    import asyncpg

ROWS_AT_ONCE = 500


async def in_batches(connection: Connection, statement: str, *values: Any) -> "AsyncIterator[list[asyncpg.Record]]":
    """The rows of a statement, in the statement's order, in batches. Call this inside a transaction."""
    cursor = await connection.cursor(statement, *values)
    while rows := await cursor.fetch(ROWS_AT_ONCE):
        yield rows
