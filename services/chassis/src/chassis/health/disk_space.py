"""Checks whether PostgreSQL's disk is full. On a full disk reads succeed, but a write that needs a new page fails."""

from contextlib import suppress
from typing import Final

import asyncpg

from chassis.health.health_state import HealthState
from chassis.sql import Connection

DISK: Final = "disk"
FULL: Final = "PostgreSQL's disk is full (SQL state 53100 DiskFull): commands are refused; free space on the disk"

#: A row that needs new pages: it is longer than a page, and its random text cannot be compressed.
WRITE_A_PAGE: Final = """
    INSERT INTO leases (name, holder, until)
    SELECT 'room.' || gen_random_uuid(), string_agg(gen_random_uuid()::text, ''), clock_timestamp()
    FROM generate_series(1, 400)"""


def is_disk_full(error: BaseException) -> bool:
    """Whether a write failed because PostgreSQL's disk is full."""
    return isinstance(error, asyncpg.DiskFullError)


async def check_disk_space(connection: Connection, health: HealthState) -> None:
    """If the disk was full, try a write and roll it back. If the write succeeds, the disk no longer counts as full."""
    if DISK not in health.unready():
        return
    with suppress(asyncpg.DiskFullError):
        await _write_and_roll_back(connection)
        health.has(DISK)


async def _write_and_roll_back(connection: Connection) -> None:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(WRITE_A_PAGE)
    finally:
        await transaction.rollback()
