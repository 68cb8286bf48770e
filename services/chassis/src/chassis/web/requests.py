"""What routes need of every request: the runtime, the caller, the caller's address, and the row of the audit log."""

from typing import Any
from uuid import UUID, uuid4

from fastapi import Request

from chassis.domain import Unauthenticated
from chassis.identity import Principal, audit
from chassis.runtime import Runtime
from chassis.server import caller_address
from chassis.sql import Connection
from chassis.web.reachable import refuses


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


@refuses(Unauthenticated)
async def principal_of(request: Request) -> Principal:
    """The caller. The token is verified once for each request. Raises Unauthenticated."""
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        authorization = request.headers.get("authorization")
        known = request.state.principal = await runtime_of(request).verifier.verify(authorization)
    return known


def address_of(request: Request) -> str | None:
    """The caller's address, for the audit log."""
    peer = request.client.host if request.client else None
    trusted = runtime_of(request).settings.trusted_proxies
    return caller_address(peer, request.headers.getlist("x-forwarded-for"), trusted)


async def record_request(
    connection: Connection,
    request: Request,
    principal: Principal,
    name: str,
    *,
    command_id: UUID | None = None,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write the request to the audit log, with the address of its caller (D04).

    `command_id`: None = a random one, for a request that is no command. `subject` and `detail` must hold no personal
    data.
    """
    runtime = runtime_of(request)
    await audit.record(
        connection,
        principal,
        command_id=command_id or uuid4(),
        name=name,
        subject=subject,
        detail=detail or {},
        address=address_of(request),
        row_cipher=runtime.row_cipher,
        index=runtime.index,
    )
