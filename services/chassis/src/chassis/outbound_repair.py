"""Outbound requests that were given up, in operators' hands. Bodies are not shown: they may hold what is sealed."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.refusals import Refusal

if TYPE_CHECKING:
    import asyncpg

FIELDS = (
    "id", "kind", "key", "state", "attempts", "next_at", "last_error", "correlation_id", "created_at", "ended_at",
)  # fmt: skip


class NotGivenUp(Refusal):
    code = "OUTBOUND_NOT_FAILED"
    message = "该请求不是失败状态，不能执行此操作"


async def retry(connection: "asyncpg.Connection[Any]", request_id: UUID) -> str:
    """Make it due again; returns its kind. Attempts go on counting, so its worker looks before it asks again.

    Raises NotGivenUp.
    """
    return await _change(connection, request_id, "state = 'due', next_at = now(), leased_by = NULL, ended_at = NULL")


async def abandon(connection: "asyncpg.Connection[Any]", request_id: UUID) -> str:
    """Take it off the list for good; what waits for its answer waits on. Raises NotGivenUp."""
    return await _change(connection, request_id, "state = 'abandoned', ended_at = now()")


async def _change(connection: "asyncpg.Connection[Any]", request_id: UUID, changes: str) -> str:
    """A request that was given up, and no other."""
    kind = await connection.fetchval(
        f"""UPDATE outbound_requests SET {changes}
            WHERE id = $1 AND state IN ('failed', 'held') RETURNING kind""",  # noqa: S608 - constants
        request_id,
    )
    if kind is None:
        raise NotGivenUp(id=str(request_id))
    return str(kind)
