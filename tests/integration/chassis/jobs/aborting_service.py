"""A service of which one request aborts the process, as a library may that allocates what a file claims."""

import asyncio
import os
from typing import Any, ClassVar

from fastapi import APIRouter

from chassis.database import Work
from chassis.jobs import OutboundRequest, outbound
from chassis.service import Service, run
from chassis.settings import ChassisSettings

outbound.LEASE_S = 1.0
outbound.HEARTBEAT_S = 0.3


class Reading:
    """Takes a moment, so that all of them are in hand when one aborts; `last_error` is no place for what happened."""

    kind: ClassVar[str] = "read"
    concurrency: ClassVar[int] = 4

    async def perform(self, request: OutboundRequest) -> Any:
        await asyncio.sleep(0.4)
        if request.body["aborts"]:
            os.abort()

    async def settle(self, request: OutboundRequest, answer: Any, work: Work) -> None:
        await self._note(request, work, "read")

    async def given_up(self, request: OutboundRequest, work: Work) -> None:
        await self._note(request, work, "given up")

    async def _note(self, request: OutboundRequest, work: Work, what: str) -> None:
        await work.connection.execute("INSERT INTO leases VALUES ($1, $2, now())", request.key, what)


class Writing(Reading):
    """Another kind in the same process."""

    kind: ClassVar[str] = "write"


service = Service(
    name="aborting-svc",
    package="chassis",
    settings=ChassisSettings,
    router=APIRouter(),
    outbound=lambda _: [Reading(), Writing()],
    uses_kafka=False,
)

if __name__ == "__main__":
    run(service)
