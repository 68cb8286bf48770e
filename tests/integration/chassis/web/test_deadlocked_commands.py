"""If PostgreSQL aborts a command to resolve a deadlock, the command runs again, and its caller gets no error."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from fastapi import APIRouter, Response
from integration.chassis.sample_service import Sample

from chassis.database import UnitOfWork
from chassis.testing import Bench, service_under_test
from chassis.web import Command, CommandResult
from chassis.web.commands import MOST_ATTEMPTS


class Opposed:
    """Two commands that take the same two locks in opposite orders.

    In its first attempt, each command waits until both commands have taken their first lock.
    """

    def __init__(self) -> None:
        self.attempts = {1: 0, 2: 0}
        self.met = asyncio.Barrier(2)
        #: The number of attempts of `/ended`, including those that fail.
        self.ended = 0
        self.router = APIRouter()
        self.router.post("/locks/{first}/{second}")(self.take)
        self.router.post("/ended/{times}")(self.be_ended)

    async def take(self, first: int, second: int, command: Command) -> Response:
        async def use_case(work: UnitOfWork) -> CommandResult:
            self.attempts[first] += 1
            await work.connection.execute("SELECT pg_advisory_xact_lock($1)", first)
            if self.attempts[first] == 1:
                await self.met.wait()
            await work.connection.execute("SELECT pg_advisory_xact_lock($1)", second)
            await work.connection.execute("INSERT INTO leases VALUES ($1, 'x', now())", f"lease {first}")
            return CommandResult({})

        return await command.once("locks_taken", use_case)

    async def be_ended(self, times: int, command: Command) -> Response:
        async def use_case(work: UnitOfWork) -> CommandResult:
            self.ended += 1
            if self.ended <= times:
                raise asyncpg.DeadlockDetectedError("deadlock detected")
            return CommandResult({})

        return await command.once("ended", use_case)


@pytest.fixture
def opposed() -> Opposed:
    return Opposed()


@pytest.fixture
async def bench(opposed: Opposed, database: str) -> AsyncIterator[Bench]:
    service = Sample().service
    service.router.include_router(opposed.router)
    async with service_under_test(service, database) as bench:
        yield bench


async def acts(bench: Bench) -> list[str]:
    async with bench.database.read() as connection:
        return [row["name"] for row in await connection.fetch("SELECT name FROM audit_log ORDER BY id")]


async def test_the_command_that_lost_a_deadlock_runs_again_and_both_are_done_once(bench: Bench, opposed: Opposed):
    answers = await asyncio.gather(
        *(bench.client.post(path, headers=bench.token("handler", uuid4())) for path in ("/locks/1/2", "/locks/2/1"))
    )
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert sorted(opposed.attempts.values()) == [1, 2]
    assert await acts(bench) == ["locks_taken", "locks_taken"]


@pytest.mark.parametrize(("times", "status", "done"), [(MOST_ATTEMPTS - 1, 200, ["ended"]), (MOST_ATTEMPTS, 503, [])])
async def test_a_command_runs_three_times_at_most(
    bench: Bench, opposed: Opposed, times: int, status: int, done: list[str]
):
    answer = await bench.client.post(f"/ended/{times}", headers=bench.token("handler", uuid4()))
    assert (answer.status_code, opposed.ended) == (status, MOST_ATTEMPTS)
    assert await acts(bench) == done
