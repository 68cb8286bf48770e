"""The HTTP side of a service: routes, refusals as JSON, health, metrics."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis import me, metrics, notices, ops, tracing
from chassis.acts import Act, Done, Read, runtime_of
from chassis.body_limit import BodyLimit
from chassis.causes import describe, is_infrastructure
from chassis.paging import Labelled, Page, PageRequest, Paging
from chassis.refusals import Invalid, Refusal, TryAgain
from chassis.runtime import Runtime

__all__ = ["Act", "Done", "Labelled", "Page", "PageRequest", "Paging", "Read", "create_app", "runtime_of"]

log = structlog.get_logger()

health = APIRouter(tags=["health"])


@health.get("/health/live")
async def live(request: Request) -> Response:
    """503 only for a loop that has stood still while nothing outside is failing."""
    stuck = runtime_of(request).life.stuck()
    return _json(503 if stuck else 200, {"live": not stuck, "stuck": stuck})


@health.get("/health/ready")
async def ready(request: Request) -> Response:
    """503 with reasons while no work should be sent here."""
    life = runtime_of(request).life
    reasons = life.unready()
    return _json(503 if reasons else 200, {"ready": not reasons, "reasons": reasons, "notes": life.notes})


@health.get("/metrics")
async def expose_metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def create_app(title: str, routers: Sequence[APIRouter], runtime: Runtime) -> FastAPI:
    app = FastAPI(title=title, version="1", docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    app.add_middleware(BodyLimit)
    app.middleware("http")(_observe)
    app.exception_handler(Refusal)(_refuse)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(Exception)(_fail)
    for router in (health, ops.router, me.router, notices.router, *routers):
        app.include_router(router)
    return app


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """A span and the metrics of one request, under its route and never its path, which may name things."""
    started = time.perf_counter()
    with tracing.span(
        request.method, SpanKind.SERVER, request.headers.get("traceparent"), http__request__method=request.method
    ):
        try:
            response = await call_next(request)
        except Exception as error:
            response = _answer_error(error)
    route = getattr(request.scope.get("route"), "path", "unmatched")
    metrics.http_requests.labels(request.method, route, response.status_code).inc()
    metrics.http_seconds.labels(request.method, route).observe(time.perf_counter() - started)
    return response


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _json(error.status, {"code": error.code, "message": error.text, "detail": error.detail})


async def _invalid(_: Request, error: Exception) -> Response:
    """What does not fit and where, without quoting it."""
    assert isinstance(error, RequestValidationError)
    problems = [{"where": ".".join(map(str, e["loc"])), "what": e["type"]} for e in error.errors()]
    return _json(422, {"code": Invalid.code, "message": Invalid.message, "detail": {"problems": problems}})


async def _fail(_: Request, error: Exception) -> Response:
    return _answer_error(error)


def _answer_error(error: Exception) -> Response:
    if is_infrastructure(error):
        log.warning("request_put_off", message=describe(error))
        body = {"code": TryAgain.code, "message": TryAgain.message, "detail": {}}
        return _json(TryAgain.status, body, {"Retry-After": "2"})
    log.error("request_failed", message=describe(error))
    return _json(500, {"code": "INTERNAL", "message": "系统内部错误，本次操作未生效，请联系技术支持", "detail": {}})


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body, default=str), status, headers, "application/json")
