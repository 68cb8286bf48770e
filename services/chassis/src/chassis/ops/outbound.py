"""Routes for jobs: list, retry, abandon."""

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.database import Work
from chassis.jobs import OutboundRequest, outbound_repair
from chassis.ops.shapes import OutboundRepaired, OutboundRequestShown
from chassis.sql import Statement
from chassis.validation import Body, Code, example, parameters
from chassis.web import Act, Done, Page, Paging, Read, may
from contracts.event import Event
from contracts.words import Role

router = APIRouter(prefix="/ops/outbound", tags=["operators"])

FILTER = "state = :state AND (:kind::text IS NULL OR kind = :kind)"
COUNT = Statement("SELECT count(*) FROM outbound_requests WHERE {filter}", filter=FILTER)
PAGE = Statement(
    "SELECT {fields} FROM outbound_requests WHERE {filter} ORDER BY created_at, id LIMIT :limit OFFSET :offset",
    fields=outbound_repair.FIELDS,
    filter=FILTER,
)


class Reason(Body):
    model_config = example({"reason": "the center has been told by telephone"})

    reason: parameters.Reason


@router.get("", dependencies=[may("查看外部请求", Role.OPERATOR, Role.AUDITOR, whole_city=True)])
async def list_requests(
    read: Read, page: Paging, state: Code = "failed", kind: Code | None = None
) -> Page[OutboundRequestShown]:
    """Failed jobs, or those in another state (due, done, held, abandoned); oldest first."""
    total = await COUNT.fetchval(read.connection, state=state, kind=kind)
    rows = await PAGE.fetch(read.connection, page, state=state, kind=kind)
    return page.of(total, [OutboundRequestShown.model_validate(dict(row)) for row in rows])


@router.post(
    "/{request_id}/retry",
    response_model=OutboundRepaired,
    dependencies=[may("重试外部请求", Role.OPERATOR, whole_city=True)],
)
async def retry_request(request_id: UUID, act: Act) -> Response:
    """Run a job again that was given up; its handler first looks up whether the work was done already."""

    async def use_case(work: Work) -> Done:
        request, was = await outbound_repair.retry(work.connection, request_id)
        return _done(request, was, "due")

    return await act.once("outbound_retried", use_case)


@router.post(
    "/{request_id}/abandon",
    response_model=OutboundRepaired,
    dependencies=[may("放弃外部请求", Role.OPERATOR, whole_city=True)],
)
async def abandon_request(request_id: UUID, body: Reason, act: Act) -> Response:
    """End a job that is not done, for good and with a reason; nothing waits for its answer any longer.

    If an attempt is running, its answer will be dropped.
    """

    async def use_case(work: Work) -> Done:
        request, was = await outbound_repair.abandon(work.connection, request_id)
        kind = act.runtime.outbound.get(request.kind)
        told = await kind.given_up(request, work) if kind else ()
        return _done(request, was, "abandoned", told or (), reason=body.reason)

    return await act.once("outbound_abandoned", use_case)


def _done(request: OutboundRequest, was: str, state: str, told: Iterable[Event] = (), **detail: str) -> Done:
    """The result: the job's new state and its former one."""
    facts = {"kind": request.kind, "was": was, "state": state}
    return Done({"id": str(request.id), **facts}, list(told), subject=str(request.id), detail={**facts, **detail})
