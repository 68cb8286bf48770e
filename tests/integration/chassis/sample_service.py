"""A small service for the tests of the chassis."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Response

from chassis.database import UnitOfWork
from chassis.jobs import GiveUp, Job, Unavailable, WaitUntil
from chassis.messaging import Subscriptions
from chassis.service import Service
from chassis.settings import ChassisSettings
from chassis.web import Command, CommandResult, Read, require_reach
from contracts.event import Event
from contracts.fields import Part
from contracts.members import MembersRemoved
from contracts.unions import UnionChanged
from contracts.words import UnionType

BAD = 13


def removal(unit_id: UUID, people: int = 1) -> MembersRemoved:
    """An event that removes `people` people. If `people` is BAD, the event handler fails."""
    return MembersRemoved(
        removal_id=uuid4(),
        union_id=unit_id,
        unit_id=unit_id,
        part=Part(index=0, count=1),
        member_ids=[uuid4() for _ in range(people)],
        removed_at=datetime.now(UTC),
    )


def union(union_id: UUID, *above: UUID) -> UnionChanged:
    return UnionChanged(
        union_id=union_id,
        name="示例工会",
        union_type=UnionType.COMMITTEE,
        parent_id=above[-1] if above else None,
        path=[*above, union_id],
        units=[],
        changed_at=datetime.now(UTC),
    )


class Registry:
    """The external system of the sample service: it fails `failures` times, then it answers."""

    kind: ClassVar[str] = "sample.ask"
    concurrency: ClassVar[int] = 2

    def __init__(self) -> None:
        self.failures = 0
        #: The method that returns `WaitUntil`: "run" or "complete".
        self.waiting_in = ""
        self.give_up = False
        #: While this is cleared, calls wait for their answer.
        self.answers = asyncio.Event()
        self.answers.set()
        self.attempts: list[int] = []
        self.told_given_up: list[str] = []
        #: If True: `given_up` fails.
        self.chokes = False

    async def run(self, job: Job) -> Any:
        self.attempts.append(job.attempt)
        await self.answers.wait()
        if self.give_up:
            raise GiveUp("the registry knows no such thing")
        if self.failures:
            self.failures -= 1
            raise Unavailable("the registry is down", retry_after=0)
        if self.waiting_in == "run":
            return WaitUntil.after(60, "the registry is closed")
        return {"answer": job.key}

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> Sequence[Event] | WaitUntil:
        assert answer == {"answer": job.key}
        if self.waiting_in == "complete":
            await work.enqueue("sample.other", job.key, {})
            return WaitUntil.after(60, "the registry is closed")
        return [removal(UUID(job.key))]

    async def given_up(self, job: Job, work: UnitOfWork) -> Sequence[Event]:
        self.told_given_up.append(job.key)
        if self.chokes:
            raise ValueError("a business object that cannot be told")
        return [removal(UUID(job.key), 2)]


class Sample:
    """The service, with the state that a test inspects."""

    def __init__(self) -> None:
        self.handled: list[MembersRemoved] = []
        #: For each handled event: whether it was a replay.
        self.replays: list[bool] = []
        self.first_handled = asyncio.Event()
        self.broken = True
        #: If True: the event handler publishes nothing. Otherwise it would consume its own events from a real topic.
        self.quiet = False
        #: If True: the event handler adds a job for each event.
        self.enqueues = False
        #: The event handler raises ConnectionError for this many of the next records.
        self.outages = 0
        self.registry = Registry()
        on = Subscriptions()
        on(MembersRemoved)(self._on_removed)
        self.service = Service(
            # The sample publishes on the topic that member-svc owns.
            name="member-svc",
            package="chassis",
            settings=ChassisSettings,
            router=self._router(),
            on=on,
            references=[UnionChanged],
            job_handlers=lambda _: [self.registry],
        )

    async def _on_removed(self, event: MembersRemoved, work: UnitOfWork) -> list[Event]:
        if len(event.member_ids) == BAD and self.broken:
            await work.connection.execute("INSERT INTO leases VALUES ('half', 'done', now())")
            raise ValueError("13 people: 张三")
        if self.outages:
            self.outages -= 1
            raise ConnectionError("the database is away")
        if self.enqueues:
            await work.enqueue("sample.ask", str(event.unit_id), {})
        self.handled.append(event)
        self.first_handled.set()
        self.replays.append(work.replay)
        return [] if self.quiet else [removal(event.unit_id)]

    def _router(self) -> APIRouter:
        router = APIRouter()

        @router.post("/asks/{node_id}")
        async def ask(node_id: UUID, command: Command) -> Response:
            async def use_case(work: UnitOfWork) -> CommandResult:
                await require_reach(work.connection, command.principal, node_id)
                await work.enqueue("sample.ask", str(node_id), {})
                return CommandResult({"asked": str(uuid4())}, [removal(node_id)], status=202, subject=str(node_id))

            return await command.once("asked", use_case)

        @router.get("/acts")
        async def acts(read: Read) -> list[dict[str, Any]]:
            return [
                dict(row)
                for row in await read.connection.fetch("SELECT account, name, subject FROM audit_log ORDER BY id")
            ]

        return router
