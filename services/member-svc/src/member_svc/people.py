"""A person of a unit: as staged by an import and as kept in the member list. Sealed values stay sealed here."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid5

from chassis.normalization import text_key
from member_svc.domain import MemberState


@dataclass(slots=True)
class StagedPerson:
    """A valid row. `sealed` and `card_sealed` belong to `member_id`; None = the cell was empty.

    `name_written_key` is of the name's writing, where that is not its key: a corrected writing changes the entry.
    """

    row_no: int
    unit_id: UUID
    person_key: str
    member_id: UUID
    document_type: str
    name_key: str
    mobile_key: str | None
    card_key: str | None
    sealed: bytes
    card_sealed: bytes | None
    tag: str | None
    joined_on: date | None
    name_written_key: str | None = None

    @property
    def written(self) -> str:
        return self.name_written_key or self.name_key


@dataclass(slots=True)
class MemberRecord:
    """A membership, one person in one unit; each field is a column of `members`.

    `removal_id`: the request to remove it that waits for an answer.
    """

    member_id: UUID
    member_no: str
    union_id: UUID
    unit_id: UUID
    person_key: str
    document_type: str
    masked_name: str
    masked_number: str
    name_key: str
    mobile_key: str | None
    card_key: str | None
    sealed: bytes
    card_sealed: bytes | None
    tag: str | None
    joined_on: date | None
    removed_at: datetime | None = None
    name_written_key: str | None = None
    removal_id: UUID | None = None

    @property
    def state(self) -> MemberState:
        if self.removed_at is not None:
            return MemberState.REMOVED
        return MemberState.LISTED if self.removal_id is None else MemberState.REMOVAL_PENDING

    @property
    def listed(self) -> bool:
        """In the list, and nobody waits for its removal."""
        return self.state is MemberState.LISTED

    @property
    def written(self) -> str:
        return self.name_written_key or self.name_key

    @property
    def tag_key(self) -> str | None:
        return text_key(self.tag) if self.tag else None

    @property
    def has_service_card(self) -> bool:
        return self.card_key is not None


def member_id_of(unit_id: UUID, person_key: str) -> UUID:
    """The id of a membership that does not exist yet: the same person in the same unit is the same membership."""
    return uuid5(unit_id, person_key)


class Kept(Protocol):
    """What a re-import is compared with."""

    @property
    def written(self) -> str: ...
    @property
    def mobile_key(self) -> str | None: ...
    @property
    def card_key(self) -> str | None: ...
    @property
    def tag(self) -> str | None: ...
    @property
    def joined_on(self) -> date | None: ...


def differs(staged: StagedPerson, record: Kept) -> bool:
    """Whether a re-import changes anything: non-empty cells count, blank ones never erase (A58)."""
    return any(
        new is not None and new != old
        for new, old in (
            (staged.written, record.written),
            (staged.mobile_key, record.mobile_key),
            (staged.card_key, record.card_key),
            (staged.tag, record.tag),
            (staged.joined_on, record.joined_on),
        )
    )
