"""members.batches.v1: the events of member-svc about members."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.fields import Instant, Part, Piece, SealedBlock
from contracts.topics import MEMBERS, Topic
from contracts.words import DocumentType


class Member(Piece):
    """The data of a member that can be read without a key."""

    member_id: UUID
    member_no: str
    person_key: str = Field(description="keyed blind index of document type and number, hex")
    document_type: DocumentType
    masked_name: str
    masked_number: str
    has_service_card: bool = False
    tag: str | None = None
    joined_on: date | None = None


class MembersImported(Event):
    """Members whom an import added, or added again after a removal.

    `sealed`: the encrypted `Personal` of each member, in the order of `members`.
    """

    ce_type: ClassVar[str] = "members.imported.v1"
    topic: ClassVar[Topic] = MEMBERS

    import_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    members: list[Member]
    sealed: SealedBlock
    check_on_import: bool = Field(default=True, description="ask the registries for these people now")
    imported_at: Instant

    def key(self) -> str:
        return str(self.unit_id)


class MembersChanged(Event):
    """Members whose data an import or a service card has changed. The event contains all data of each member."""

    ce_type: ClassVar[str] = "members.changed.v1"
    topic: ClassVar[Topic] = MEMBERS

    change_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    members: list[Member]
    sealed: SealedBlock
    renamed: list[UUID] = Field(
        default_factory=list, description="members with a new name: their statuses are stale (A58)"
    )
    changed_at: Instant

    def key(self) -> str:
        return str(self.unit_id)


class RemovalRequested(Event):
    """A union wants to delete people from the member list of a unit (A57).

    enrollment-svc answers with RemovalDecided. enrollment-svc refuses to remove people who are under review.
    """

    ce_type: ClassVar[str] = "members.removal-requested.v1"
    topic: ClassVar[Topic] = MEMBERS

    removal_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    member_ids: list[UUID]
    requested_at: Instant
    requested_by: str

    def key(self) -> str:
        return str(self.unit_id)


class MembersRemoved(Event):
    """People were deleted from the member list of a unit, after enrollment-svc had granted the removal (F080, A57)."""

    ce_type: ClassVar[str] = "members.removed.v1"
    topic: ClassVar[Topic] = MEMBERS

    removal_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    member_ids: list[UUID]
    removed_at: Instant

    def key(self) -> str:
        return str(self.unit_id)
