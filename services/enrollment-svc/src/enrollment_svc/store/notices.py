"""Which notices have been told (D06)."""

from uuid import UUID

from chassis.sql import Connection


async def first_time(connection: Connection, notice_id: UUID) -> bool:
    """Take the notice: True for whoever comes first, and for nobody after him."""
    taken: bool | None = await connection.fetchval(
        "INSERT INTO notices_told (notice_id) VALUES ($1) ON CONFLICT (notice_id) DO NOTHING RETURNING true", notice_id
    )
    return bool(taken)
