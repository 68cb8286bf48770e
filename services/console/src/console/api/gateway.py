"""The gateway: a browser sends all requests to the console, and the console forwards them to the services.

The console adds a token of the session's account. The token is valid only for the called service, and for less than a
minute. The bodies of requests and answers are passed on as they arrive.
"""

from collections.abc import AsyncIterator

import httpx
import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

from chassis.domain import Refusal
from chassis.resilience import describe
from chassis.server import AddressUnknown
from chassis.web import Scope, address_of, may, runtime_of
from console.api.callers import CSRF_HEADER, by_session, session_of
from console.api.desk import desk_of
from console.domain.sessions import UnsupportedUnionType
from console.usecases.recording import principal_of

log = structlog.get_logger()
router = APIRouter(include_in_schema=False, dependencies=[Depends(by_session)])

METHODS = ["GET", "POST", "PUT", "DELETE"]
#: Headers that are for one connection only (RFC 9110). They are not passed on.
HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"),
    *("transfer-encoding", "upgrade"),
}
#: Headers of the request that are for the console, or that the console sets itself. They are not passed on.
FOR_THE_CONSOLE = {"host", "cookie", "authorization", CSRF_HEADER, "origin", "forwarded", "x-forwarded-for"}
#: Headers of an answer that are not passed on. The console sets `date` and `server` itself. Services set no cookies.
OF_THE_CONSOLE = {"date", "server", "set-cookie"}
#: The first words of paths that are for probes, not for browsers.
CLOSED = ("health", "metrics")
#: The first words of paths that an account of an unsupported union type can still call. The answers say who the account
#: is, and why it can do nothing (A30).
ALWAYS_OPEN = ("me", "texts")
CONNECT_S = 3.0


class ServiceAway(Refusal):
    code = "SERVICE_AWAY"
    status = 503
    message = "该业务暂时无法办理，请稍后重试；仍不成功时请联系技术支持"


class ServiceTooSlow(Refusal):
    """The service has possibly executed the request. It is safe to send the request again with its Idempotency-Key."""

    code = "SERVICE_TOO_SLOW"
    status = 504
    message = "办理时间过长，尚未得到结果，请稍后刷新查看；没有结果时请重新操作"


@router.api_route(
    "/api/{service}/{path:path}", methods=METHODS, dependencies=[may("办理业务（经网关）", scope=Scope.FORWARDED)]
)
async def forward(service: str, request: Request) -> Response:
    """Forward a request to a service, with a token of the session's account."""
    desk, session = desk_of(request), await session_of(request)
    base = desk.settings.services.get(service)
    if base is None:
        raise AddressUnknown
    target = _target(base, service, request)
    # In `target`, httpx has already resolved `..`. So the first word of this path is the one that the service will see.
    first = target.path.lstrip("/").partition("/")[0]
    if first in CLOSED:
        raise AddressUnknown
    if not session.is_supported and first not in ALWAYS_OPEN:
        raise UnsupportedUnionType
    token = await desk.mint.token(principal_of(session), service)
    client = runtime_of(request).http
    forwarded = client.build_request(
        request.method,
        target,
        headers=[*_sent_headers(request), ("authorization", f"Bearer {token}")],
        content=request.stream() if _has_body(request) else None,
        timeout=httpx.Timeout(desk.settings.gateway_timeout_s, connect=CONNECT_S),
    )
    return _passed_on(await _answer(client, forwarded, service))


async def _answer(client: httpx.AsyncClient, request: httpx.Request, service: str) -> httpx.Response:
    """The service's answer. Its body is not read yet. Raises ServiceAway or ServiceTooSlow."""
    try:
        return await client.send(request, stream=True)
    except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
        log.warning("service_too_slow", service=service, message=describe(error))
        raise ServiceTooSlow from None
    except httpx.TransportError as error:
        log.warning("service_away", service=service, message=describe(error))
        raise ServiceAway from None


def _passed_on(answer: httpx.Response) -> Response:
    dropped = HOP_BY_HOP | OF_THE_CONSOLE | _named_by_connection(answer.headers.get("connection", ""))
    passed = StreamingResponse(_pieces(answer), answer.status_code, background=BackgroundTask(answer.aclose))
    kept = [(name, value) for name, value in answer.headers.raw if name.decode("latin-1").lower() not in dropped]
    passed.raw_headers = [(name.lower(), value) for name, value in kept]
    return passed


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body as the service sent it. A compressed body stays compressed.

    The answer is closed at the end, even if reading it fails.
    """
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


def _target(base: str, service: str, request: Request) -> httpx.URL:
    """The URL at the service. Path and query stay as the browser wrote them.

    Raises AddressUnknown if the browser wrote the name of the service in another way, for example with percent signs.
    """
    _, found, path = request.scope["raw_path"].partition(f"/api/{service}/".encode())
    if not found:
        raise AddressUnknown
    query = request.scope["query_string"]
    return httpx.URL(f"{base}/" + path.decode("ascii") + (f"?{query.decode('ascii')}" if query else ""))


def _sent_headers(request: Request) -> list[tuple[str, str]]:
    dropped = HOP_BY_HOP | FOR_THE_CONSOLE | _named_by_connection(request.headers.get("connection", ""))
    kept = [(name, value) for name, value in request.headers.items() if name not in dropped]
    if "accept-encoding" not in request.headers:
        # Without this header, httpx would ask for a compressed answer. But the browser did not say that it can read
        # one.
        kept.append(("accept-encoding", "identity"))
    address = address_of(request)
    return kept + ([("x-forwarded-for", address)] if address else [])


def _named_by_connection(value: str) -> set[str]:
    """The headers that the header `Connection` names. They are for one connection only, too."""
    return {name.strip().lower() for name in value.split(",")}


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers
