"""A service in which one job aborts the process.

A library can abort the process when it allocates as many bytes as a file declares.
"""

import asyncio
import os
from typing import Any, ClassVar

from fastapi import APIRouter

from chassis.database import UnitOfWork
from chassis.jobs import Job, job_worker
from chassis.service import Service, run
from chassis.settings import ChassisSettings

job_worker.LEASE_S = 1.0
job_worker.HEARTBEAT_S = 0.3


class Reading:
    """Each job takes a moment, so that all of them are running when one aborts.

    Each job writes its result to the table `leases`, because the column `last_error` is not meant for results.
    """

    kind: ClassVar[str] = "read"
    concurrency: ClassVar[int] = 4

    async def run(self, job: Job) -> Any:
        await asyncio.sleep(0.4)
        if job.body["aborts"]:
            os.abort()

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> None:
        await self._note(job, work, "read")

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        await self._note(job, work, "given up")

    async def _note(self, job: Job, work: UnitOfWork, what: str) -> None:
        await work.connection.execute("INSERT INTO leases VALUES ($1, $2, now())", job.key, what)


class Writing(Reading):
    """Handles jobs of the kind `write`, in the same process as the jobs of the kind `read`."""

    kind: ClassVar[str] = "write"


service = Service(
    name="aborting-svc",
    package="chassis",
    settings=ChassisSettings,
    router=APIRouter(),
    job_handlers=lambda _: [Reading(), Writing()],
    uses_kafka=False,
)

if __name__ == "__main__":
    run(service)
