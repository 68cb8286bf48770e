"""Outbound requests that a worker gave up: seen, tried again, abandoned."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis import outbound_repair
from chassis.acts import Act, Done, Read
from chassis.ops.roles import AUDITOR, OPERATOR
from chassis.paging import Page, Paging
from chassis.parameters import Code
from chassis.work import Work

router = APIRouter(prefix="/ops/outbound", tags=["operators"])


class Reason(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the center has been told by telephone"}]})

    reason: str = Field(min_length=1, max_length=500)


@router.get("")
async def list_requests(
    read: Read, page: Paging, state: Code = "failed", kind: Code | None = None
) -> Page[dict[str, Any]]:
    """Those that were given up, unless another state (due, done, abandoned) is asked for; oldest first."""
    read.require(OPERATOR, AUDITOR)
    where = "state = $1 AND ($2::text IS NULL OR kind = $2)"
    total = await read.connection.fetchval(f"SELECT count(*) FROM outbound_requests WHERE {where}", state, kind)  # noqa: S608
    rows = await read.connection.fetch(
        f"SELECT {', '.join(outbound_repair.FIELDS)} FROM outbound_requests WHERE {where}"  # noqa: S608
        " ORDER BY created_at, id LIMIT $3 OFFSET $4",
        state,
        kind,
        page.limit,
        page.offset,
    )
    return page.of(total, [dict(row) for row in rows])


@router.post("/{request_id}/retry")
async def retry_request(request_id: UUID, act: Act) -> Response:
    """Have it carried out again; its worker looks first whether it was done already."""
    return await _repair(act, request_id, outbound_repair.retry, "outbound_retried", {})


@router.post("/{request_id}/abandon")
async def abandon_request(request_id: UUID, body: Reason, act: Act) -> Response:
    """Take it off the list for good, with a reason."""
    return await _repair(act, request_id, outbound_repair.abandon, "outbound_abandoned", {"reason": body.reason})


async def _repair(
    act: Act, request_id: UUID, change: Callable[[Any, UUID], Awaitable[str]], name: str, detail: dict[str, Any]
) -> Response:
    act.require(OPERATOR)

    async def use_case(work: Work) -> Done:
        kind = await change(work.connection, request_id)
        return Done({"id": str(request_id), "kind": kind}, subject=str(request_id), detail={"kind": kind, **detail})

    return await act.once(name, use_case)
