"""The HTTP side of a service: routes, refusals as JSON, health, metrics."""

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from chassis import ops
from chassis.app import front
from chassis.app.answer_record import AnswerRecord, record_path
from chassis.app.api_document import documented
from chassis.domain import Refusal
from chassis.health import DISK, FULL, is_disk_full
from chassis.observability import metrics, tracing
from chassis.routes import me, notices
from chassis.runtime import Runtime
from chassis.server import BodyLimit, answer, json_answer, refuse_unfit
from chassis.web import everybody, record_if_denied, runtime_of

health = APIRouter(tags=["health"])


class Alive(BaseModel):
    live: bool
    stuck: dict[str, str]


class Ready(BaseModel):
    """`reasons`: why no requests should be sent to this replica. `notes`: other information for an operator."""

    ready: bool
    reasons: dict[str, str]
    notes: dict[str, str]


@health.get(
    "/health/live", response_model=Alive, responses={503: {"model": Alive}}, dependencies=[everybody("查看存活状态")]
)
async def live(request: Request) -> Response:
    """503 if a loop of the process is stuck. While Kafka or PostgreSQL does not answer, no loop counts as stuck."""
    stuck = runtime_of(request).health.stuck()
    return json_answer(503 if stuck else 200, {"live": not stuck, "stuck": stuck})


@health.get(
    "/health/ready", response_model=Ready, responses={503: {"model": Ready}}, dependencies=[everybody("查看就绪状态")]
)
async def ready(request: Request) -> Response:
    """503 with reasons while no requests should be sent to this replica."""
    health = runtime_of(request).health
    reasons = health.unready()
    return json_answer(503 if reasons else 200, {"ready": not reasons, "reasons": reasons, "notes": health.notes})


@health.get("/metrics", response_class=PlainTextResponse, dependencies=[everybody("查看运行指标")])
async def expose_metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def create_app(title: str, routers: Sequence[APIRouter], runtime: Runtime) -> FastAPI:
    app = FastAPI(
        title=title,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_unfit)],
    )
    app.state.runtime = runtime
    app.openapi = partial(documented, app)  # type: ignore[method-assign]
    app.add_middleware(BodyLimit)
    app.middleware("http")(_observe)
    if (record := record_path()) is not None:
        app.add_middleware(AnswerRecord, service=title, path=record)
    for kind in (Refusal, RequestValidationError, HTTPException, Exception):
        app.exception_handler(kind)(_answer)
    for router in (front.router, health, ops.router, me.router, notices.router, *routers):
        app.include_router(router)
    return app


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Record the span and the metrics of one request. They name the route, never the path, because a path can contain
    ids.
    """
    started = time.perf_counter()
    with tracing.span(
        request.method, SpanKind.SERVER, request.headers.get("traceparent"), http__request__method=request.method
    ):
        try:
            response = await call_next(request)
        except Exception as error:
            response = await _answer(request, error)
    route = getattr(request.scope.get("route"), "path", "unmatched")
    metrics.http_requests.labels(request.method, route, response.status_code).inc()
    metrics.http_seconds.labels(request.method, route).observe(time.perf_counter() - started)
    return response


async def _answer(request: Request, error: Exception) -> Response:
    if is_disk_full(error):
        runtime_of(request).health.waits_for(DISK, FULL)
    await record_if_denied(request, error)
    return answer(error, request)
