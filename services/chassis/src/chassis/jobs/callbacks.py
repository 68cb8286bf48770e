"""Two jobs for an external system that decides later. The first sends a request, the second asks for a decision that is
missing.

The external system normally sends its decision to our API (the callback). If no callback comes within `silence_s`, the
second job asks for the decision. If the first job was given up and the external system has not received the request,
nobody will decide. Then the second job applies a decision of its own (`undelivered`), so that the case is closed.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from chassis.database import Database, UnitOfWork
from chassis.domain import Refusal
from chassis.jobs.job_worker import Job, Unavailable, WaitUntil, is_given_up
from contracts.event import Event

#: Field in the body of the first job.
CALLBACK_URL = "callback_url"

Body = dict[str, Any]
Case = TypeVar("Case")


def callback_url(public_url: str, path: str) -> str:
    """The URL of the callback. It is stored in the job, because a repeated request must be identical, even if
    `public_url` has changed meanwhile.
    """
    return public_url.rstrip("/") + path


class SendOnce(ABC):
    """The job that sends a request. From the second attempt on it first asks whether the request has arrived."""

    kind: ClassVar[str]
    #: The kind of the job that asks for the decision. That job gets the key and the body of this job, and the field
    #: `ask_at`.
    ask_kind: ClassVar[str]
    concurrency: ClassVar[int] = 2

    def __init__(self, present_url: str, silence_s: float) -> None:
        """`present_url`: the callback URL for jobs that an earlier version stored without a callback URL."""
        self._present_url, self._silence_s = present_url, silence_s

    @abstractmethod
    async def has_arrived(self, body: Body) -> bool:
        """Whether the external system has received the whole request. Raises Unavailable or GiveUp."""

    @abstractmethod
    async def send(self, body: Body, callback_url: str) -> Body:
        """Send the request. Returns the answer for `complete`. Raises Unavailable or GiveUp."""

    async def run(self, job: Job) -> Body:
        if job.attempt > 1 and await self.has_arrived(job.body):
            return {}
        return await self.send(job.body, job.body.get(CALLBACK_URL, self._present_url))

    async def complete(self, job: Job, answer: Body, work: UnitOfWork) -> Iterable[Event]:
        return await self.given_up(job, work)

    async def given_up(self, job: Job, work: UnitOfWork) -> Iterable[Event]:
        """Enqueue the second job, as after a success, because the external system has possibly received the request and
        only its answer was lost.
        """
        ask_at = datetime.now(UTC) + timedelta(seconds=self._silence_s)
        await work.enqueue(self.ask_kind, job.key, job.body | {"ask_at": ask_at.isoformat()})
        return ()


class AskAfterSilence(ABC, Generic[Case]):
    """The job that asks the external system for a decision that it has not sent."""

    kind: ClassVar[str]
    #: The kind of the job that sends the request.
    sent_kind: ClassVar[str]
    #: The name of the external system in error messages.
    system: ClassVar[str]
    concurrency: ClassVar[int] = 1

    def __init__(self, database: Database, silence_s: float) -> None:
        self._database, self._silence_s = database, silence_s

    @abstractmethod
    async def open_case(self, body: Body) -> Case | None:
        """The case that waits for the decision; None if the decision has arrived."""

    @abstractmethod
    async def look_up(self, body: Body) -> Sequence[Body] | None:
        """The decisions so far, in the format of a callback. None if the request, or a part of it, has not arrived."""

    @abstractmethod
    def undelivered(self, case: Case) -> Body:
        """The decision on a request that will never arrive, in the format of a callback."""

    @abstractmethod
    async def decide(self, body: Body, work: UnitOfWork) -> Sequence[Event]:
        """Apply a decision. If it was applied before, nothing changes. Raises a Refusal if the decision does not match
        the request.
        """

    async def run(self, job: Job) -> Body | WaitUntil:
        """Returns `{"decisions": […], "is_undelivered": bool}`. The list is empty if the callback has come."""
        case = await self.open_case(job.body)
        if case is None:
            return {"decisions": [], "is_undelivered": False}
        ask_at = datetime.fromisoformat(job.body["ask_at"])
        if ask_at > datetime.now(UTC):
            return WaitUntil(ask_at, f"{self.system} has time left to call back")
        decisions = await self.look_up(job.body)
        if decisions is None and await self._is_given_up(job):
            return {"decisions": [self.undelivered(case)], "is_undelivered": True}
        if not decisions:
            return WaitUntil.after(self._silence_s, f"{self.system} has not decided")
        return {"decisions": list(decisions), "is_undelivered": False}

    async def complete(self, job: Job, answer: Body, work: UnitOfWork) -> Sequence[Event] | WaitUntil:
        if answer["is_undelivered"] and not await is_given_up(
            work.connection, self.sent_kind, job.key, for_update=True
        ):
            return WaitUntil.after(self._silence_s, "an operator has retried the job that sends the request")
        try:
            return [event for body in answer["decisions"] for event in await self.decide(body, work)]
        except Refusal as refusal:
            said = f"the answer of {self.system} is refused: {refusal.code}"
            raise Unavailable(said, retry_after=self._silence_s) from None

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        """Store nothing, because the external system can still call back, and an operator can retry the job."""

    async def _is_given_up(self, job: Job) -> bool:
        async with self._database.read() as connection:
            return await is_given_up(connection, self.sent_kind, job.key)
