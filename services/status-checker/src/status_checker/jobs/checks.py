"""The job that gets the registries' answers to one part of a check."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from chassis.database import Database, UnitOfWork
from chassis.jobs import GiveUp, Job, Unavailable
from status_checker import store, usecases
from status_checker.domain import Question, RegistryAnswer
from status_checker.gateways.registry import Registry, RegistryError, RegistryQuery
from status_checker.parts import Answers, OpenPart

#: The most queries to one registry in one run of the job. After a partial reply, the next query is about the people
#: whom the reply left out.
MOST_ASKS = 3

WhatWasHeard = tuple[RegistryAnswer, RegistryError | None]


class RegistryCheck:
    """Asks both registries at the same time about the people of one part (D12).

    A query changes nothing in a registry, so an interrupted job can send it again. If a registry fails, the answers so
    far are stored with the part, and a retry asks only about people without an answer.
    """

    kind: ClassVar[str] = usecases.CHECK
    concurrency: ClassVar[int] = 6

    def __init__(self, database: Database, card: Registry, employment: Registry, now: Callable[[], datetime]) -> None:
        self._database, self._card, self._employment, self._now = database, card, employment, now

    async def run(self, job: Job) -> Answers:
        """Ask both registries about the people of the part. Raises Unavailable if answers are missing."""
        part = await self._load(UUID(job.body["part_id"]))
        queries = _queries(part)
        (card, card_trouble), (employment, employment_trouble) = await asyncio.gather(
            self._hear(self._card, part.card, [query for query, asked in queries if asked.ask_card]),
            self._hear(self._employment, part.employment, [query for query, asked in queries if asked.ask_employment]),
        )
        troubles = [trouble for trouble in (card_trouble, employment_trouble) if trouble]
        if troubles:
            await self._keep(part, card, employment)
            raise Unavailable("; ".join(map(str, troubles)), retry_after=_retry_after_s(troubles))
        return Answers(part.questions, card, employment)

    async def complete(self, job: Job, answer: Answers, work: UnitOfWork) -> None:
        part_id = UUID(job.body["part_id"])
        await usecases.publish_answers(part_id, answer, work, answered_at=self._now())

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        """Mark the part as given up. Its people get no status from this check; a later check can ask about them."""
        await store.give_up_part(work.connection, UUID(job.body["part_id"]))

    async def _load(self, part_id: UUID) -> OpenPart:
        async with self._database.connection() as connection:
            part = await store.open_part(connection, self._database.tools.row_cipher, part_id)
        if part is None:
            raise GiveUp(f"part {part_id} is not waiting for an answer")
        return part

    async def _keep(self, part: OpenPart, card: RegistryAnswer, employment: RegistryAnswer) -> None:
        if (card, employment) == (part.card, part.employment):
            return
        async with self._database.connection() as connection:
            await store.save_answers(connection, part.part_id, card, employment)

    async def _hear(self, registry: Registry, answers: RegistryAnswer, people: Sequence[RegistryQuery]) -> WhatWasHeard:
        """Ask the registry until it has answered about each person, at most MOST_ASKS times.

        Returns the answers so far, and the error because of which the registry was not asked further, or None.
        """
        if not people:
            return RegistryAnswer(complete=True), None
        refs = [person.ref for person in people]
        for _ in range(MOST_ASKS):
            missing = set(answers.missing(refs))
            if not missing:
                break
            try:
                reply = await registry.ask([person for person in people if person.ref in missing])
            except RegistryError as trouble:
                return answers, trouble
            answers = answers.joined(reply.codes, complete=not reply.partial, at=self._now())
        if answers.missing(refs):
            return answers, RegistryError(f"{registry.name} registry left people out {MOST_ASKS} times")
        return replace(answers, complete=True), None


def _queries(part: OpenPart) -> list[tuple[RegistryQuery, Question]]:
    """A query about each person. `ref`, which the registry returns, is a person's index in the part."""
    pairs = zip(part.questions, part.numbers, strict=True)
    return [
        (RegistryQuery(str(index), asked.document_type, number), asked) for index, (asked, number) in enumerate(pairs)
    ]


def _retry_after_s(troubles: Sequence[RegistryError]) -> float | None:
    """The longest wait that the errors name. None if no error names a wait; the chassis then chooses the wait."""
    return max((trouble.retry_after_s for trouble in troubles if trouble.retry_after_s is not None), default=None)
