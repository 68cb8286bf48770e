"""Routes that pause a service for a backup and open it again.

These routes also work while commands are refused, because otherwise nobody could open the service again.
"""

from dataclasses import asdict

from fastapi import APIRouter, Request

from chassis.ops import maintenance_state
from chassis.ops.maintenance_state import State
from chassis.ops.schemas import MaintenanceEntered, MaintenanceStatus
from chassis.validation import Body, Reason, example
from chassis.web import Read, Scope, idempotency, may, principal_of, record_request, runtime_of
from contracts.words import Role

router = APIRouter(prefix="/ops/maintenance", tags=["operators"])


class EnterMaintenance(Body):
    model_config = example({"state": "draining", "reason": "nightly backup"})

    state: State
    reason: Reason


@router.get("", dependencies=[may("查看维护状态", Role.OPERATOR, Role.AUDITOR, scope=Scope.CITY)])
async def show_maintenance(read: Read) -> MaintenanceStatus:
    """The maintenance state, and how much work is still open."""
    work = await maintenance_state.remaining_work(read.connection)
    return MaintenanceStatus.model_validate(asdict(work) | {"dry": work.dry})


@router.post("", dependencies=[may("变更维护状态", Role.OPERATOR, scope=Scope.CITY)])
async def enter_maintenance(body: EnterMaintenance, request: Request) -> MaintenanceEntered:
    """Change the state. If transactions of the old state do not end in time, the answer is 503. Then try again."""
    principal, runtime = await principal_of(request), runtime_of(request)
    key = request.headers.get("idempotency-key", body.state)
    async with runtime.database.connection() as connection, connection.transaction():
        before = await maintenance_state.enter(connection, body.state, principal.account, body.reason)
        if before != body.state:
            await record_request(
                connection,
                request,
                principal,
                f"maintenance_{body.state}",
                command_id=idempotency.command_id(principal.account, key),
                detail={"before": before, "reason": body.reason},
            )
    return MaintenanceEntered.model_validate({"before": before, "state": body.state})
