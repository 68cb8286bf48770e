"""Writes denied requests to the audit log (D04): requests that the caller was not allowed to send."""

import time
from uuid import UUID

import structlog
from fastapi import Request

from chassis.domain import Refusal
from chassis.identity import Principal
from chassis.resilience import describe
from chassis.web.requests import record_request, runtime_of

log = structlog.get_logger()

#: 403: the role or the union does not allow the request. 429: the account has no searches by full number or name left.
DENIED = (403, 429)
NAME = "request_denied"


async def record_if_denied(request: Request, error: Exception) -> None:
    """Write the audit log if the caller is known and was not allowed to send the request.

    Call this when the request has released its connection, so that it never needs two connections. `DenialLimit` limits
    how many denials are recorded in an hour. If the database does not answer, nothing is recorded, and the caller still
    gets the refusal.
    """
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None or not isinstance(error, Refusal) or error.status not in DENIED:
        return
    runtime = runtime_of(request)
    number = runtime.denials.next(principal.account, time.monotonic())
    if number is None:
        return
    route = f"{request.method} {getattr(request.scope.get('route'), 'path', '')}"
    detail = {"code": error.code, "route": route, "this_hour": number}
    try:
        async with runtime.database.connection() as connection:
            await record_request(connection, request, principal, NAME, subject=_subject(request), detail=detail)
    except Exception as failure:
        log.warning("denial_not_recorded", message=describe(failure))
    log.info(NAME, account=principal.account, **detail)


def _subject(request: Request) -> str:
    """The first id in the path. Other texts in a path are left out, because a caller can put personal data there."""
    return next((str(value) for value in request.path_params.values() if _is_id(value)), "")


def _is_id(value: object) -> bool:
    try:
        return UUID(str(value)).version is not None
    except ValueError:
        return False
