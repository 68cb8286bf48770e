"""Outbound requests in operators' hands. Bodies are not shown: they may hold what is sealed."""

from uuid import UUID

from chassis.domain import NotFound, Refusal
from chassis.jobs.outbound import OutboundRequest
from chassis.sql import Connection

FIELDS = (
    "id", "kind", "key", "state", "attempts", "unended", "leased_by IS NOT NULL AS in_hand", "next_at", "last_error",
    "correlation_id", "created_at", "ended_at",
)  # fmt: skip

RETURNING = "r.id, r.kind, r.key, r.body, r.attempts, r.correlation_id, r.traceparent, r.unended, old.state AS was"


class NotGivenUp(Refusal):
    code = "OUTBOUND_NOT_FAILED"
    message = "该请求不是失败状态，不能执行此操作，请刷新后查看状态"


class HasEnded(Refusal):
    code = "OUTBOUND_ENDED"
    message = "该请求已经完成或已被放弃，不能执行此操作，请刷新后查看状态"


async def retry(connection: Connection, request_id: UUID) -> tuple[OutboundRequest, str]:
    """Make due again what was given up; returns it with the state that it had.

    Attempts go on counting, so its worker looks before it asks again; those that never ended are forgiven.
    Raises NotFound or NotGivenUp.
    """
    changes = "state = 'due', next_at = now(), leased_by = NULL, unended = 0, ended_at = NULL"
    return await _change(connection, request_id, changes, ("failed", "held"), NotGivenUp)


async def abandon(connection: Connection, request_id: UUID) -> tuple[OutboundRequest, str]:
    """Take it off the list for good; returns it with the state that it had.

    Of an attempt that is under way nothing is kept. Raises NotFound or HasEnded.
    """
    changes = "state = 'abandoned', ended_at = now(), leased_by = NULL"
    return await _change(connection, request_id, changes, ("due", "failed", "held"), HasEnded)


async def _change(
    connection: Connection,
    request_id: UUID,
    changes: str,
    states: tuple[str, ...],
    refusal: type[Refusal],
) -> tuple[OutboundRequest, str]:
    """A request in one of these states, and no other."""
    row = await connection.fetchrow(
        f"""UPDATE outbound_requests AS r SET {changes}
            FROM (SELECT id, state FROM outbound_requests WHERE id = $1 FOR UPDATE) AS old
            WHERE r.id = old.id AND old.state = ANY($2) RETURNING {RETURNING}""",  # noqa: S608 - constants
        request_id,
        list(states),
    )
    if row is None:
        state = await connection.fetchval("SELECT state FROM outbound_requests WHERE id = $1", request_id)
        raise NotFound(id=str(request_id)) if state is None else refusal(id=str(request_id), state=state)
    *values, was = row.values()
    return OutboundRequest(*values), was
