"""Which notices have been told (D06)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[Any]


async def first_time(connection: "Connection", notice_id: UUID) -> bool:
    """Take the notice: True for whoever comes first, and for nobody after him."""
    taken: bool | None = await connection.fetchval(
        "INSERT INTO notices_told (notice_id) VALUES ($1) ON CONFLICT (notice_id) DO NOTHING RETURNING true", notice_id
    )
    return bool(taken)
