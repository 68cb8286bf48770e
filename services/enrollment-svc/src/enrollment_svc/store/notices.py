"""Notices that have been published (D06)."""

from uuid import UUID

from chassis.sql import Connection, Statement

FIRST_TIME = Statement(
    "INSERT INTO notices_told (notice_id) VALUES (:notice_id) ON CONFLICT (notice_id) DO NOTHING RETURNING true"
)


async def first_time(connection: Connection, notice_id: UUID) -> bool:
    """Record the notice. Returns True for the first call with this id, and False for every later call."""
    return bool(await FIRST_TIME.fetchval(connection, notice_id=notice_id))
