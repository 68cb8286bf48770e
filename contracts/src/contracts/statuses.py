"""statuses.commands.v1 and statuses.batches.v1: questions to the city registries and their answers."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.fields import Instant, Part, Piece, SealedBlock
from contracts.topics import STATUS_COMMANDS, STATUSES, Topic
from contracts.words import CardStatus, DocumentType, EmploymentStatus


class PersonToCheck(Piece):
    """One person of a check. The card registry is asked only if `ask_card` is true (A38)."""

    member_id: UUID
    document_type: DocumentType
    ask_card: bool


class CheckStatuses(Event):
    """Ask both registries about these people (F096).

    `sealed`: the encrypted `Personal` of each person, in the order of `people`.
    """

    ce_type: ClassVar[str] = "statuses.check.v1"
    topic: ClassVar[Topic] = STATUS_COMMANDS

    job_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    people: list[PersonToCheck]
    sealed: SealedBlock
    requested_at: Instant
    due_at: Instant | None = Field(
        description="the end of the next working day; None if the working calendar does not reach that day"
    )

    def key(self) -> str:
        return str(self.unit_id)


class VerifiedStatus(Piece):
    """The registries' answers about one person.

    A status is None if the registry has no record of the person or was not asked. Screens then show "-" (A42).
    """

    member_id: UUID
    card: CardStatus | None
    card_raw: str | None = None
    card_asked: bool = True
    employment: EmploymentStatus | None
    employment_raw: str | None = None
    employment_asked: bool = True


class StatusesVerified(Event):
    """The answers to one part of a check.

    If a reader has stored a status with a later `checked_at`, that status stays.
    """

    ce_type: ClassVar[str] = "statuses.verified.v1"
    topic: ClassVar[Topic] = STATUSES

    job_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    checked_at: Instant
    source: str
    statuses: list[VerifiedStatus]

    def key(self) -> str:
        return str(self.unit_id)
