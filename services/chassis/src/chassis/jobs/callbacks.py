"""Requests that another system answers by calling back: sent once, and asked about after a long silence.

The other system sends its decision to our API. If the call does not come, a second request asks for the decision. If
the sending was given up and the other system has nothing, that request decides so, and nothing stays open for ever.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from chassis.database import Database, UnitOfWork
from chassis.domain import Refusal
from chassis.jobs.job_worker import Job, Unavailable, is_given_up
from contracts.event import Event

#: Field of a stored request.
CALLBACK_URL = "callback_url"

Body = dict[str, Any]
Case = TypeVar("Case")


def callback_url(public_url: str, path: str) -> str:
    """Where the other system calls back. Stored with the request: what is sent again may not differ."""
    return public_url.rstrip("/") + path


class SendOnce(ABC):
    """Sends what another system decides later; what has arrived is not sent again."""

    kind: ClassVar[str]
    #: Kind of the request that asks for the decision; it has the key and the body of the one that sends.
    ask_kind: ClassVar[str]
    concurrency: ClassVar[int] = 2

    def __init__(self, present_url: str, silence_s: float) -> None:
        """`present_url`: where to call back for a request that an earlier version stored without an address."""
        self._present_url, self._silence_s = present_url, silence_s

    @abstractmethod
    async def has_arrived(self, body: Body) -> bool:
        """Whether the other system has all of it. Raises Unavailable or GiveUp."""

    @abstractmethod
    async def send(self, body: Body, callback_url: str) -> Body:
        """Returns the answer for `settle`. Raises Unavailable or GiveUp."""

    async def run(self, job: Job) -> Body:
        if job.attempt > 1 and await self.has_arrived(job.body):
            return {}
        return await self.send(job.body, job.body.get(CALLBACK_URL, self._present_url))

    async def complete(self, job: Job, answer: Body, work: UnitOfWork) -> Iterable[Event]:
        return await self.given_up(job, work)

    async def given_up(self, job: Job, work: UnitOfWork) -> Iterable[Event]:
        """Nobody here knows whether the other system has it: it is asked after the silence all the same."""
        ask_at = datetime.now(UTC) + timedelta(seconds=self._silence_s)
        await work.enqueue(self.ask_kind, job.key, job.body | {"ask_at": ask_at.isoformat()})
        return ()


class AskAfterSilence(ABC, Generic[Case]):
    """Asks the other system for the decisions that it has not called back."""

    kind: ClassVar[str]
    #: Kind of the request that sends.
    sent_kind: ClassVar[str]
    #: What messages call the other system.
    system: ClassVar[str]
    concurrency: ClassVar[int] = 1

    def __init__(self, database: Database, silence_s: float) -> None:
        self._database, self._silence_s = database, silence_s

    @abstractmethod
    async def open_case(self, body: Body) -> Case | None:
        """What waits for the decision; None where it has come meanwhile."""

    @abstractmethod
    async def look_up(self, body: Body) -> Sequence[Body] | None:
        """The decisions so far, as they are called back; None where the other system has nothing or a part only."""

    @abstractmethod
    def undelivered(self, case: Case) -> Body:
        """The decision on what will never arrive, in the other system's shape."""

    @abstractmethod
    async def decide(self, body: Body, work: UnitOfWork) -> Sequence[Event]:
        """Apply a decision, once. Raises a Refusal where it does not fit what was sent."""

    async def run(self, job: Job) -> Body:
        """`{"decisions": […], "is_undelivered": bool}`; no decision where none is missing."""
        case = await self.open_case(job.body)
        if case is None:
            return {"decisions": [], "is_undelivered": False}
        early_s = (datetime.fromisoformat(job.body["ask_at"]) - datetime.now(UTC)).total_seconds()
        if early_s > 0:
            raise Unavailable(f"{self.system} has time left to call back", retry_after=early_s)
        decisions = await self.look_up(job.body)
        if decisions is None and await self._is_given_up(job):
            return {"decisions": [self.undelivered(case)], "is_undelivered": True}
        if not decisions:
            raise Unavailable(f"{self.system} has not decided", retry_after=self._silence_s)
        return {"decisions": list(decisions), "is_undelivered": False}

    async def complete(self, job: Job, answer: Body, work: UnitOfWork) -> Sequence[Event]:
        if answer["is_undelivered"] and not await is_given_up(
            work.connection, self.sent_kind, job.key, for_update=True
        ):
            raise Unavailable("an operator has it sent again", retry_after=self._silence_s)
        try:
            return [event for body in answer["decisions"] for event in await self.decide(body, work)]
        except Refusal as refusal:
            said = f"the answer of {self.system} is refused: {refusal.code}"
            raise Unavailable(said, retry_after=self._silence_s) from None

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        """The other system calls back as before; an operator may have it asked again."""

    async def _is_given_up(self, job: Job) -> bool:
        async with self._database.read() as connection:
            return await is_given_up(connection, self.sent_kind, job.key)
